/** Real servers and peers a suite may ask for; `scripts/lib/servers.mjs` gets them and says where they are. */
const VARIABLES = {
  geth: 'CHAINKEEP_GETH',
  kafka: 'CHAINKEEP_KAFKA',
  kcat: 'CHAINKEEP_KCAT',
  postgres: 'CHAINKEEP_POSTGRES',
  chromium: 'CHAINKEEP_CHROMIUM',
  dockerCompose: 'CHAINKEEP_DOCKER_COMPOSE',
  promtool: 'CHAINKEEP_PROMTOOL',
  dockerfilelint: 'CHAINKEEP_DOCKERFILELINT',
  azurite: 'CHAINKEEP_AZURITE',
  toxiproxy: 'CHAINKEEP_TOXIPROXY',
  minio: 'CHAINKEEP_MINIO',
  versitygw: 'CHAINKEEP_VERSITYGW',
  rclone: 'CHAINKEEP_RCLONE',
} as const;

export type RealServer = keyof typeof VARIABLES;

/** Path of the program (for Kafka and PostgreSQL: of the folder); empty where it was not provided. */
export const pathOfServer = (server: RealServer): string => process.env[VARIABLES[server]] ?? '';
