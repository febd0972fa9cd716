/** @proves Backups of a real Besu network: skipped without BESU_HOME; not yet run on a real Besu. */
import { BESU } from '../support/servers/bft-clients.js';
import { describeBftBackups } from '../support/worlds/bft-backups.js';

describeBftBackups(BESU);
