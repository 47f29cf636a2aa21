import { pathToFileURL } from 'node:url';
import { messageOf } from '#src/errors.js';
import type { CoordinatorContext, CoordinatorProgram } from '#src/strategies/strategy.js';

/** Runs one coordinator program; its parent says which, hears the address, and ends it by hanging up. */
process.once('message', async ({ program, context }: { program: string; context: CoordinatorContext }) => {
  try {
    const url = program.startsWith('file:') ? program : pathToFileURL(program).href;
    const module: { default: CoordinatorProgram } = await import(url);
    const running = await module.default(context);
    process.once('disconnect', () => void running.close().then(() => process.exit()));
    process.send?.({ address: running.address, pid: running.pid ?? process.pid });
  } catch (error) {
    process.send?.({ error: messageOf(error) });
  }
});
