/** @proves Backups of a real GoQuorum network equal the client's export and are certified, a killed validator is named (with GOQUORUM_GETH). */
import { GOQUORUM } from '../support/servers/bft-clients.js';
import { describeBftBackups } from '../support/worlds/bft-backups.js';

describeBftBackups(GOQUORUM);
