/** @proves Backups of a real Besu network equal the client's export and are certified, a killed validator is named (with BESU_HOME). */
import { BESU } from '../support/servers/bft-clients.js';
import { describeBftBackups } from '../support/worlds/bft-backups.js';

describeBftBackups(BESU);
