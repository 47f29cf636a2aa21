import type { CommandContext } from '../../context.js';
import { IpcbenchError } from '../../errors.js';
import { summariseTree } from '../../measure/cpu-profile.js';
import { readProfileFile } from '../../monitor/profile-formats/index.js';
import { functionText } from '../../report/profile/function-text.js';
import { cpuProfileHtml } from '../../report/profile/profile-html.js';
import { proveWritable, writeWhole } from '../../report/store.js';
import { fenced } from './live.js';
import type { CheckedOptions } from './options.js';

/** Tells where the time went in a profile that some tool wrote. */
export function profileFile(context: CommandContext, path: string, options: CheckedOptions): void {
  const live = options.cpu
    ? '--cpu'
    : options.children
      ? '--children'
      : options.conditions.length > 0
        ? '--fail-on'
        : undefined;
  if (live !== undefined)
    throw new IpcbenchError('BAD_OPTION', `${live} is for a live process, and --from reads a file`);
  if (options.html !== undefined) proveWritable(options.html);
  const tree = readProfileFile(path);
  const summary = summariseTree(tree, path);
  if (options.html !== undefined) writeWhole(options.html, cpuProfileHtml(summary, tree));
  const text = functionText(summary);
  const forms = { json: `${JSON.stringify(summary, null, 2)}\n`, markdown: fenced(text), table: text };
  context.stdout.write(forms[options.format]);
}
