import { CodedError } from '#libs/kernel';
import type { BucketLocation, OwnSignIn } from './bucket-location.js';
import type { Providers } from './providers.js';

type Spelled = Pick<BucketLocation, 'provider' | 'details'>;

/** What the local file of a server says of places. Nothing over the API can add to it. */
export type LocalPlaces = Readonly<{
  /** The buckets it spells out: of targets by their id, and managed ones by the id of their environment. */
  targets: ReadonlyMap<string, Spelled>;
  managed: ReadonlyMap<string, Spelled>;
  /** Other buckets for which the API may use the server's credentials. Without an endpoint: one of AWS. */
  ownCredentials: readonly Readonly<{ bucket: string; endpoint?: string | undefined }>[];
  /** Folders below which the API may put directory targets; by default `targets` of the data directory. */
  directoryRoots?: readonly string[] | undefined;
}>;

export const NO_LOCAL_PLACES: LocalPlaces = {
  targets: new Map(),
  managed: new Map(),
  ownCredentials: [],
};

/** Whose location it is: the id of a target or an environment, and the external ID made for its membership. */
export type Holder = Readonly<{ id: string; externalId?: string }>;

const signInOf = ({ provider, details }: Spelled, providers: Providers): OwnSignIn | undefined =>
  providers.get(provider).ownSignIn?.({ provider, details, secrets: {}, role: 'target' });

const isSame = (one: OwnSignIn, other: OwnSignIn | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const refused = ({ bucket }: OwnSignIn, why: string): CodedError =>
  new CodedError('OWN_CREDENTIALS_REFUSED', `Bucket ${bucket} would be opened with ${why}`, {
    context: { bucket },
  });

/** The local rules, applied to locations. */
export class OwnCredentials {
  constructor(
    private readonly providers: Providers,
    private readonly local: LocalPlaces,
  ) {}

  /**
   * The location as it may be opened. A role that the server assumes for a member is assumed with the external ID that
   * the server made for that member. Throws OWN_CREDENTIALS_REFUSED, INPUT_INVALID or URL_REFUSED.
   */
  admit(location: BucketLocation, holder: Holder): BucketLocation {
    const use = this.providers.get(location.provider).ownSignIn?.(location);
    if (use === undefined || this.isSpelled(use, location.role, holder.id)) return location;
    if (use.role !== undefined && !use.role.webIdentity) return this.assuming(use, location, holder);
    const isAllowed = this.local.ownCredentials.some(
      ({ bucket, endpoint }) => bucket === use.bucket && endpoint === use.endpoint,
    );
    if (isAllowed) return location;
    throw refused(use, `the server's own credentials, and its network file does not allow that.`);
  }

  private assuming(use: OwnSignIn, location: BucketLocation, { externalId }: Holder): BucketLocation {
    const { sts, externalId: given } = use.role ?? {};
    if (sts !== undefined && !this.isNamed(sts))
      throw refused(use, `the server's own credentials at ${sts}, which its network file does not name.`);
    if (location.role === 'managed' || externalId === undefined) return location;
    if (given === undefined || given === externalId)
      return { ...location, details: { ...location.details, external_id: externalId } };
    throw refused(
      use,
      `an external ID that the member chose. Leave out external_id, and let the role require ${externalId}.`,
    );
  }

  /** Is it written in the local file, for this very target or environment? */
  private isSpelled(use: OwnSignIn, role: BucketLocation['role'], id: string): boolean {
    const spelled = (role === 'managed' ? this.local.managed : this.local.targets).get(id);
    return spelled !== undefined && isSame(use, signInOf(spelled, this.providers));
  }

  /** A sign-in service that the local file names counts as the cloud's own. */
  private isNamed(sts: string): boolean {
    const spelled = [...this.local.targets.values(), ...this.local.managed.values()];
    const named = spelled.map((each) => signInOf(each, this.providers)?.role?.sts);
    return [...named, ...this.local.ownCredentials.map(({ endpoint }) => endpoint)].includes(sts);
  }
}
