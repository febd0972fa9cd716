/**
 * @proves Backups of a real Besu network (QBFT and IBFT2) equal the client's export and have valid certificates, and a killed validator is named. Skipped without BESU_HOME.
 */
import { BESU } from '../support/servers/bft-clients.js';
import { describeBftBackups } from '../support/worlds/bft-backups.js';

describeBftBackups(BESU);
