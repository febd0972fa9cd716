import { categoryOfStream, idOfStream, type EventRef, type StoredEvent } from '#libs/event-sourcing';
import { redact } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import { isOperator, seesConsortium, seesMembersThings } from '../access.js';
import type { Caller } from '../edge/request.js';

/** Fields that are internal: digests of keys and references into the vault. */
const HIDDEN = new Set(['hash', 'secretRef', 'verificationProof', 'snapshot']);
const KEY_EVENTS = new Set(['ApiKeyIssued']);

/** Where the managed bucket is and how it is signed in to is for operators. */
const withoutManaged = (name: string, value: unknown, caller: Caller): unknown => {
  if (name !== 'managed' || isOperator(caller) || value === null || typeof value !== 'object') return value;
  return { provider: (value as Readonly<{ provider?: unknown }>).provider };
};

const shownData = ({ type, data }: StoredEvent, caller: Caller): unknown => {
  if (data === null || typeof data !== 'object') return data;
  const entries = Object.entries(data)
    .filter(([name]) => !(HIDDEN.has(name) && (name !== 'hash' || KEY_EVENTS.has(type))))
    .map(([name, value]) => [name, withoutManaged(name, value, caller)] as const);
  return redact(Object.fromEntries(entries));
};

/** What `Last-Event-ID` names: an event by stream, revision and id. A position alone means nothing in another store. */
export const feedId = ({ stream, revision, id }: EventRef): string => `${stream}/${revision}/${id}`;

const FEED_ID = /^([a-z]+-[^/\s]{1,300})\/(\d{1,19})\/(\S{1,100})$/;

/** The event that a `Last-Event-ID` names; `undefined` when it names none. */
export const parseFeedId = (text: string): EventRef | undefined => {
  const [, stream, revision, id] = FEED_ID.exec(text) ?? [];
  if (stream === undefined || revision === undefined || id === undefined) return undefined;
  return { stream, revision: BigInt(revision), id };
};

/** An event as the feed sends it. */
export const toFrame = (event: StoredEvent, caller: Caller): string => {
  const { id, type, stream, revision, metadata } = event;
  const data = {
    id,
    type,
    stream,
    revision: Number(revision),
    at: metadata.at,
    correlation_id: metadata.correlationId,
    data: shownData(event, caller),
  };
  return `id: ${feedId(event)}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
};

/** May this caller see events of this stream? Members see what their lists show. */
export const maySee = async (
  caller: Caller,
  { stream }: StoredEvent,
  ports: Pick<ServicePorts, 'streams'>,
): Promise<boolean> => {
  if (isOperator(caller)) return true;
  const id = idOfStream(stream);
  switch (categoryOfStream(stream)) {
    case 'consortium':
      return seesConsortium(caller, id);
    case 'environment':
    case 'backup': {
      const { state } = await ports.streams.environments.load(id);
      return state.status !== 'absent' && seesConsortium(caller, state.consortiumId);
    }
    case 'target': {
      const { state } = await ports.streams.targets.load(id);
      return state.status !== 'absent' && seesMembersThings(caller, state.membershipId);
    }
    case 'configuration': {
      const { state } = await ports.streams.configurations.load(id);
      return state.status !== 'absent' && seesMembersThings(caller, state.membershipId);
    }
    case 'member':
      return seesMembersThings(caller, id);
    default:
      return false;
  }
};
