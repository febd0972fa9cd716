import type { Role } from '#libs/domain';

/**
 * Documents of the projection `catalogue`: what there is, for lists and sweeps. Details are read from the streams.
 * Removed resources stay, marked, so that their ids are never given twice.
 */
export type CatalogueConsortium = Readonly<{ consortiumId: string; removed: boolean }>;
/** parent: consortiumId */
export type CatalogueMember = Readonly<{ memberId: string; consortiumId: string; removed: boolean }>;
/** parent: consortiumId */
export type CatalogueEnvironment = Readonly<{
  environmentId: string;
  consortiumId: string;
  enabled: boolean;
  removed: boolean;
}>;
/** parent: environmentId. Backup targets and foreign configurations, as the API lists them together. */
export type CatalogueConfiguration = Readonly<{
  configurationId: string;
  kind: 'target' | 'foreign';
  consortiumId: string;
  environmentId: string;
  membershipId?: string;
  enabled: boolean;
  removed: boolean;
}>;
/** id: sha256 of the key's text */
export type CatalogueKey = Readonly<{
  keyId: string;
  memberId: string;
  consortiumId: string;
  role: Role;
  label: string;
}>;

/** What each collection of the projection `catalogue` holds. */
export type CatalogueDocuments = Readonly<{
  consortium: CatalogueConsortium;
  member: CatalogueMember;
  environment: CatalogueEnvironment;
  configuration: CatalogueConfiguration;
  key: CatalogueKey;
}>;

export const CATALOGUE_PROJECTION = 'catalogue';
export const CATALOGUE_COLLECTIONS = {
  consortium: 'consortium',
  member: 'member',
  environment: 'environment',
  configuration: 'configuration',
  key: 'key',
} as const;
