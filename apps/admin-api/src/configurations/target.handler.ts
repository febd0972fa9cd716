import type { LiveTarget, TargetCommand, TargetDescription } from '#libs/domain';
import { memberScope, type SecretRef } from '#libs/event-store';
import { canonicalJson, CodedError, hasCode } from '#libs/kernel';
import type { BucketLocation, ProviderDescription } from '#libs/object-store';
import { holderOf, PlaceRules } from '#libs/services';
import { isOperator, requireAdminOf } from '../access.js';
import { unconditional } from '../commands.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath, NodePath } from '../resources.js';
import { defined } from '../schemas.js';
import type { ConfigurationBody, ConfigurationChanges } from './configuration.mapping.js';
import { mergeDetails, type Details, type SplitDetails } from './details.js';

type Wanted = Readonly<{
  name: string;
  membershipId: string;
  provider: ProviderDescription;
  split: SplitDetails;
  enabled: boolean | undefined;
}>;

const enabledIn = (details: Details): boolean | undefined => {
  const value = details['environment_backup_target'];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw new CodedError('INPUT_INVALID', 'details.environment_backup_target: must be true or false.');
};

/** What of `details` describes the bucket. */
const bucketOf = ({ provider: _provider, environment_backup_target: _enabled, ...rest }: Details): Details =>
  rest;

type Bucket = Omit<BucketLocation, 'role'>;

const isSameBucket = (one: TargetDescription, other: TargetDescription): boolean =>
  one.provider === other.provider && canonicalJson(one.details) === canonicalJson(other.details);

/** Whether nothing changed of where the bucket is, how it is signed in to and whose it is. */
const isSameLocation = (
  wanted: Wanted,
  { membershipId, provider, details, secrets }: LiveTarget & Readonly<{ secrets: SplitDetails['secrets'] }>,
): boolean =>
  wanted.membershipId === membershipId &&
  wanted.provider.name === provider &&
  canonicalJson(wanted.split) === canonicalJson({ details, secrets });

/** Backup configurations: a member's target, its secrets in the vault. */
export class TargetHandler {
  private readonly rules: PlaceRules;

  constructor(
    private readonly kit: Pick<
      Kit,
      | 'commands'
      | 'home'
      | 'local'
      | 'objects'
      | 'ownCredentials'
      | 'reads'
      | 'resources'
      | 'streams'
      | 'vault'
    >,
  ) {
    this.rules = new PlaceRules(kit);
  }

  async create(
    { c, e }: EnvironmentPath,
    targetId: string,
    body: ConfigurationBody,
    caller: Caller,
  ): Promise<void> {
    const membershipId = body.membership_id ?? caller.principal.memberId;
    if (membershipId === undefined) throw new CodedError('INPUT_INVALID', 'membership_id: is required.');
    const provider = this.providerIn(body.details);
    const wanted = {
      name: body.name ?? targetId,
      membershipId,
      provider,
      split: mergeDetails(provider, bucketOf(body.details), undefined),
      enabled: enabledIn(body.details),
    };
    this.allow(wanted, caller);
    await this.assertMember(c, membershipId, caller);
    await this.kit.commands.listed();
    await this.assertAllowed(wanted, { targetId, environmentId: e });
    const description = await this.describe(wanted, undefined, {});
    const at = this.kit.commands.now();
    const ids = { targetId, consortiumId: c, environmentId: e };
    try {
      await this.give(targetId, { type: 'RegisterTarget', ...ids, description, at }, caller);
    } catch (error) {
      await this.erase(description.secretRef);
      throw error;
    }
    if (wanted.enabled === true) await this.toggle(targetId, true, caller);
  }

  /** Resolves to whether place or credentials changed. */
  async change(
    { c, id }: NodePath,
    body: ConfigurationChanges,
    target: LiveTarget,
    caller: Caller,
  ): Promise<boolean> {
    requireAdminOf(caller, target.membershipId);
    const secrets = await this.secretsOf(target);
    const wanted = this.wantedChange(body, target, secrets);
    this.allow(wanted, caller);
    if (wanted.membershipId !== target.membershipId) await this.assertMember(c, wanted.membershipId, caller);
    if (!isSameLocation(wanted, { ...target, secrets })) await this.assertAllowed(wanted, target, secrets);
    const description = await this.describe(wanted, target, secrets);
    const resealed = description.secretRef !== target.secretRef;
    const at = this.kit.commands.now();
    try {
      await this.give(id, { type: 'ChangeTarget', description, at }, caller);
    } catch (error) {
      if (resealed) await this.erase(description.secretRef);
      throw error;
    }
    if (resealed) await this.erase(target.secretRef);
    if (wanted.enabled !== undefined) await this.toggle(id, wanted.enabled, caller);
    return resealed || !isSameBucket(description, target);
  }

  async remove({ id }: NodePath, target: LiveTarget, caller: Caller): Promise<void> {
    requireAdminOf(caller, target.membershipId);
    await this.give(id, { type: 'RemoveTarget', at: this.kit.commands.now() }, caller);
    await this.erase(target.secretRef);
  }

  /** The secrets of a target; none when they have to be entered again. */
  async secretsOf({ secretRef }: LiveTarget): Promise<Readonly<Record<string, string>>> {
    if (secretRef === undefined) return {};
    try {
      return await this.kit.vault.get(secretRef as SecretRef);
    } catch (error) {
      if (hasCode(error, 'SECRET_UNREADABLE') || hasCode(error, 'RESOURCE_NOT_FOUND')) return {};
      throw error;
    }
  }

  private async toggle(id: string, enabled: boolean, caller: Caller): Promise<void> {
    const type = enabled ? 'EnableTarget' : 'DisableTarget';
    await this.give(id, { type, at: this.kit.commands.now() }, unconditional(caller));
  }

  private allow({ membershipId, provider }: Wanted, caller: Caller): void {
    requireAdminOf(caller, membershipId);
    if (provider.access === 'operator' && !isOperator(caller))
      throw new CodedError('AUTH_FORBIDDEN', `Only an operator can use provider "${provider.name}".`);
  }

  private providerIn({ provider }: Details): ProviderDescription {
    if (typeof provider === 'string') return this.kit.objects.providers.describe(provider);
    throw new CodedError('INPUT_INVALID', 'details.provider: is required.');
  }

  private wantedChange(
    { name, membership_id: membershipId, details }: ConfigurationChanges,
    target: LiveTarget,
    secrets: Readonly<Record<string, string>>,
  ): Wanted {
    const sent = details ?? {};
    const provider = this.providerIn({ provider: target.provider, ...sent });
    const before = provider.name === target.provider ? { details: target.details, secrets } : undefined;
    return {
      name: name ?? target.name,
      membershipId: membershipId ?? target.membershipId,
      provider,
      split: mergeDetails(provider, bucketOf(sent), before),
      enabled: enabledIn(sent),
    };
  }

  private async describe(
    { name, membershipId, provider: { name: provider }, split }: Wanted,
    target: LiveTarget | undefined,
    before: Readonly<Record<string, string>>,
  ): Promise<TargetDescription> {
    const destination = this.destinationOf({ provider, ...split }, target, before);
    await this.assertOpens(provider, split);
    const unchanged =
      target?.membershipId === membershipId && canonicalJson(before) === canonicalJson(split.secrets);
    const secretRef = unchanged ? target.secretRef : await this.seal(membershipId, split.secrets);
    return defined({ name, membershipId, provider, details: split.details, destination, secretRef });
  }

  /** The recorded text while the bucket is the same, however this version spells it: the ledger belongs to that text. */
  private destinationOf(
    wanted: Bucket,
    target: LiveTarget | undefined,
    secrets: Readonly<Record<string, string>>,
  ): string {
    const destination = this.spelled(wanted);
    if (target === undefined) return destination;
    const isSame =
      this.isSpelled({ ...target, secrets }, destination) || this.isFormer(wanted, target, secrets);
    return isSame ? target.destination : destination;
  }

  private isSpelled({ provider, details, secrets }: Bucket, destination: string): boolean {
    try {
      return this.spelled({ provider, details, secrets }) === destination;
    } catch {
      return false; // What was recorded isn't valid any more, or its secrets can't be read.
    }
  }

  /** Whether the bucket is the recorded one as 0.1 spelled it, when the recorded secrets can't be read. */
  private isFormer(
    wanted: Bucket,
    { secretRef, destination }: TargetDescription,
    secrets: Readonly<Record<string, string>>,
  ): boolean {
    const areLost = secretRef !== undefined && Object.keys(secrets).length === 0;
    const { formerDestination } = this.kit.objects.providers.get(wanted.provider);
    return areLost && formerDestination?.({ ...wanted, role: 'target' }) === destination;
  }

  private spelled(bucket: Bucket): string {
    return this.kit.objects.providers.get(bucket.provider).destination({ ...bucket, role: 'target' });
  }

  /** Throws OWN_CREDENTIALS_REFUSED, TARGET_PATH_REFUSED or TARGET_OVERLAPS. */
  private async assertAllowed(
    { membershipId, provider, split }: Wanted,
    target: LiveTarget | Readonly<{ targetId: string; environmentId: string }>,
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { targetId, environmentId } = target;
    const location = { provider: provider.name, ...split, role: 'target' } as const;
    const holder = await holderOf({ targetId, membershipId }, this.kit);
    this.kit.ownCredentials.admit(location, holder);
    // Where an older version put a target it may stay.
    const isThere = 'status' in target && this.isSpelled({ ...target, secrets }, this.spelled(location));
    if (!isThere) await this.rules.assertAllowed({ id: targetId, environmentId, location });
  }

  /** What can't be a bucket of this provider is refused at once; what can't be reached is a finding of the preflight. */
  private async assertOpens(provider: string, split: SplitDetails): Promise<void> {
    try {
      await this.kit.objects.open({ provider, ...split, role: 'target' });
    } catch (error) {
      if (hasCode(error, 'INPUT_INVALID') || hasCode(error, 'URL_REFUSED')) throw error;
    }
  }

  private async seal(member: string, secrets: Readonly<Record<string, string>>): Promise<string | undefined> {
    return Object.keys(secrets).length === 0 ? undefined : this.kit.vault.put(memberScope(member), secrets);
  }

  private async erase(secretRef: string | undefined): Promise<void> {
    if (secretRef !== undefined) await this.kit.vault.erase(secretRef as SecretRef);
  }

  private async assertMember(c: string, id: string, caller: Caller): Promise<void> {
    await this.kit.resources.member(caller, c, id).catch((error: unknown) => {
      if (!hasCode(error, 'RESOURCE_NOT_FOUND')) throw error;
      throw new CodedError('INPUT_INVALID', `membership_id: there is no membership ${id}.`, { cause: error });
    });
  }

  private async give(id: string, command: TargetCommand, caller: Caller): Promise<void> {
    await this.kit.commands.give(this.kit.streams.targets, id, command, caller);
  }
}
