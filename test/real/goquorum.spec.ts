/**
 * @proves Backups of a real GoQuorum network (QBFT and IBFT) equal the client's export and have valid certificates, and a killed validator is named. Skipped without GOQUORUM_GETH.
 */
import { GOQUORUM } from '../support/servers/bft-clients.js';
import { describeBftBackups } from '../support/worlds/bft-backups.js';

describeBftBackups(GOQUORUM);
