import {
  bucketRecord,
  recordedBucket,
  type LiveEnvironment,
  type ManagedBucket,
  type RecordedBucket,
} from '#libs/domain';
import { environmentScope, type SecretRef } from '#libs/event-store';
import { canonicalJson, hasCode } from '#libs/kernel';
import type { BucketLocation } from '#libs/object-store';
import { mergeDetails, type Details, type SplitDetails } from '../configurations/details.js';
import { PlaceRules } from '#libs/services';
import type { Kit } from '../kit.js';

type Sent = Readonly<{ provider: string }> & Details;
type Known = Pick<LiveEnvironment, 'environmentId' | 'managed'>;

const isSame = (now: SplitDetails, before: SplitDetails | undefined): boolean =>
  before !== undefined && canonicalJson(now) === canonicalJson(before);

/** What is recorded of a bucket; one that is the same keeps the form in which it was recorded, and changes nothing. */
const recordOf = (now: RecordedBucket, { managed }: Known): ManagedBucket =>
  managed && canonicalJson(recordedBucket(managed)) === canonicalJson(now) ? managed : bucketRecord(now);

/** The managed bucket of an environment as a caller names it: its secrets go to the vault. */
export class ManagedHandler {
  private readonly rules: PlaceRules;

  constructor(
    private readonly kit: Pick<
      Kit,
      'home' | 'local' | 'objects' | 'ownCredentials' | 'reads' | 'streams' | 'vault'
    >,
  ) {
    this.rules = new PlaceRules(kit);
  }

  /** What is recorded of it; nothing when nothing was sent. */
  async seal(sent: Sent | undefined, before: Known): Promise<Readonly<{ managed?: ManagedBucket }>> {
    if (sent === undefined) return {};
    const { provider, ...rest } = sent;
    const was = before.managed && recordedBucket(before.managed);
    const old = was?.provider === provider ? was : undefined;
    const secrets = await this.secretsOf(before);
    const { objects } = this.kit;
    const known = old && { details: old.details, secrets };
    const split = mergeDetails(objects.providers.describe(provider), rest, known);
    const location = { provider, ...split, role: 'managed' } as const;
    if (!isSame(split, known)) await this.assertAllowed(location, before.environmentId);
    await objects.open(location);
    const unchanged = old !== undefined && canonicalJson(secrets) === canonicalJson(split.secrets);
    const secretRef = unchanged ? old.secretRef : await this.put(before.environmentId, split.secrets);
    const { details } = split;
    const now = { provider, details, ...(secretRef === undefined ? {} : { secretRef }) };
    return { managed: recordOf(now, before) };
  }

  /** Throws OWN_CREDENTIALS_REFUSED or TARGET_OVERLAPS. */
  private async assertAllowed(location: BucketLocation, environmentId: string): Promise<void> {
    this.kit.ownCredentials.admit(location, { id: environmentId });
    await this.rules.assertAllowed({ id: environmentId, environmentId, location });
  }

  /** Erases what was sealed for the bucket before, once another secret is recorded. */
  async forget({ managed: before }: Known, { managed: after }: Known): Promise<void> {
    const [old, now] = [before, after].map((each) => each && recordedBucket(each).secretRef);
    if (old !== undefined && old !== now) await this.kit.vault.erase(old as SecretRef);
  }

  async secretNames(environment: Known): Promise<readonly string[]> {
    return Object.keys(await this.secretsOf(environment));
  }

  private async secretsOf({ managed }: Known): Promise<Readonly<Record<string, string>>> {
    const secretRef = managed && recordedBucket(managed).secretRef;
    if (secretRef === undefined) return {};
    try {
      return await this.kit.vault.get(secretRef as SecretRef);
    } catch (error) {
      if (hasCode(error, 'SECRET_UNREADABLE') || hasCode(error, 'RESOURCE_NOT_FOUND')) return {};
      throw error;
    }
  }

  private async put(
    environmentId: string,
    secrets: Readonly<Record<string, string>>,
  ): Promise<string | undefined> {
    return Object.keys(secrets).length === 0
      ? undefined
      : this.kit.vault.put(environmentScope(environmentId), secrets);
  }
}
