import { findClinic } from '#src/monitor/clinic/installation.js';
import { clinicTools } from '#src/monitor/clinic/tool.js';
import { packageRoot } from '../../replay/bench-trace.js';

/** Why tests that need clinic are left out; `false` where it is installed, and where `npm run clinic:test` wants them to run. */
export const withoutClinic: string | false =
  process.env.IPCBENCH_TEST_CLINIC === 'required' || Object.values(clinicTools).every(isInstalled)
    ? false
    : 'clinic is not installed; npm run clinic:install';

function isInstalled(tool: (typeof clinicTools)['doctor']): boolean {
  try {
    return findClinic(tool, packageRoot).folder !== '';
  } catch {
    return false;
  }
}
