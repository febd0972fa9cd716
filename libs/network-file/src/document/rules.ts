import { assertSchedule } from '#libs/domain';
import type { ProviderDescription, ProviderDetail } from '#libs/object-store';
import type { LooseFile, LooseNode } from '../schema.js';
import type { FileText, Path } from './problems.js';

const NODE_SCHEMES = ['http:', 'https:', 'ws:', 'wss:'];
const SCHEDULES = ['frequency', 'cron', 'every_blocks', 'every_minutes'] as const;
const ROLES = ['validator', 'monitor', 'other'];
const hasScheme = (url: string, schemes: readonly string[]): boolean =>
  URL.canParse(url) && schemes.includes(new URL(url).protocol);

/** What a schedule refuses of a cron expression or a time zone; `undefined` when it takes them. */
const refusalOf = (cron: string, timeZone: string): string | undefined => {
  try {
    assertSchedule({ kind: 'cron', cron, timeZone });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const duplicates = (text: FileText, path: Path, items: readonly Readonly<{ id: string }>[]): void => {
  const seen = new Set<string>();
  items.forEach(({ id }, index) => {
    if (id !== '' && seen.has(id))
      text.problem([...path, index, 'id'], `the id "${id}" is used twice. Choose another.`);
    seen.add(id);
  });
};

/** What one file names, for the references in it. */
type Names = Readonly<{
  text: FileText;
  providers: readonly ProviderDescription[];
  members: ReadonlySet<string>;
  environments: ReadonlySet<string>;
  controllers: ReadonlySet<string>;
}>;

const isNodeUrl = (url: string): boolean => url.startsWith('/') || hasScheme(url, NODE_SCHEMES);

const checkUrls = (text: FileText, path: Path, { rpc, urls }: LooseNode): void => {
  const named = Object.entries(urls ?? {}).map(([name, url]) => [['urls', name], url] as const);
  const all = rpc === undefined ? named : [[['rpc'], rpc] as const, ...named];
  if (all.length === 0)
    text.problem(
      path,
      'the node has no URL. Set rpc to an http(s) or ws(s) URL, or to the path of an IPC socket.',
    );
  if (rpc !== undefined && urls !== undefined)
    text.problem([...path, 'urls'], 'rpc and urls cannot be used together. Keep one of them.');
  for (const [place, url] of all) {
    if (!isNodeUrl(url))
      text.problem(
        [...path, ...place],
        'this is not the URL of a node. Use an http(s) or ws(s) URL, or the absolute path of an IPC socket.',
      );
  }
};

const checkProxy = (text: FileText, path: Path, { proxy }: LooseNode): void => {
  if (proxy !== undefined && !hasScheme(proxy, ['http:', 'https:']))
    text.problem([...path, 'proxy'], 'this is not the URL of a proxy. Use an http(s) URL.');
};

const checkNode = ({ text, members, controllers }: Names, path: Path, node: LooseNode): void => {
  checkUrls(text, path, node);
  checkProxy(text, path, node);
  if (node.member !== undefined && !members.has(node.member))
    text.problem([...path, 'member'], `there is no member "${node.member}". Add it under members.`);
  if (node.controller !== undefined && !controllers.has(node.controller))
    text.problem(
      [...path, 'controller'],
      `there is no controller "${node.controller}". Add it under controllers.`,
    );
};

const checkSameAs = (text: FileText, path: Path, nodes: readonly LooseNode[]): void => {
  nodes.forEach(({ id, same_as: other }, index) => {
    if (other !== undefined && (other === id || !nodes.some((node) => node.id === other)))
      text.problem([...path, index, 'same_as'], `there is no other node "${other}" in this environment.`);
  });
};

const checkRoles = (text: FileText, path: Path, nodes: readonly LooseNode[]): void => {
  // The schema reports unknown roles; counting around them would only mislead.
  if (nodes.length === 0 || nodes.some(({ role }) => !ROLES.includes(role ?? ''))) return;
  const validators = nodes.filter(({ role }) => role === 'validator');
  const monitors = nodes.flatMap(({ role }, index) => (role === 'monitor' ? [index] : []));
  if (validators.length === 0)
    text.problem(path, 'there is no validator. Give at least one node the role "validator".');
  if (monitors.length === 0)
    text.problem(path, 'there is no monitor. Give the role "monitor" to the node to read blocks from.');
  for (const index of monitors.slice(1))
    text.problem(
      [...path, index, 'role'],
      'there is more than one monitor. Keep one and give the others the role "other".',
    );
};

const textIn = (fields: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined => {
  const value = fields?.[name];
  return typeof value === 'string' ? value : undefined;
};

type LooseFields = Readonly<Record<string, unknown>>;

const checkSchedule = (text: FileText, path: Path, backup: LooseFields): void => {
  const said = SCHEDULES.filter((name) => backup[name] !== undefined);
  for (const name of said.slice(1))
    text.problem([...path, name], `${said[0] ?? ''} and ${name} cannot be used together. Keep one of them.`);
  const zone = textIn(backup, 'time_zone');
  const cron = textIn(backup, 'cron');
  const badZone = zone === undefined ? undefined : refusalOf('0 0 * * *', zone);
  if (badZone !== undefined) text.problem([...path, 'time_zone'], `${badZone} Give one like Europe/Berlin.`);
  const badCron = cron === undefined ? undefined : refusalOf(cron, 'UTC');
  if (badCron !== undefined) text.problem([...path, 'cron'], `${badCron} Correct the expression.`);
  if (zone !== undefined && !said.some((name) => name === 'frequency' || name === 'cron'))
    text.problem(
      [...path, 'time_zone'],
      'a time zone needs frequency or cron. Add one of them, or remove it.',
    );
};

const checkBackup = (text: FileText, path: Path, backup: LooseFields | undefined): void => {
  if (backup === undefined) return;
  checkSchedule(text, path, backup);
  if (backup['after_hours'] !== undefined && backup['agreement'] !== 'all_then_quorum')
    text.problem([...path, 'after_hours'], 'it belongs to the agreement all_then_quorum. Remove it.');
};

const checkReferences = ({ text, members, environments }: Names, path: Path, target: LooseFields): void => {
  const member = textIn(target, 'member');
  if (member !== undefined && !members.has(member))
    text.problem([...path, 'member'], `there is no member "${member}". Add it under members.`);
  const environment = textIn(target, 'environment');
  if (environment !== undefined && !environments.has(environment))
    text.problem(
      [...path, 'environment'],
      `there is no environment "${environment}". Add it under environments.`,
    );
};

const isBadUrl = ({ type }: ProviderDetail, value: unknown): boolean =>
  type === 'url' && typeof value === 'string' && !hasScheme(value, ['http:', 'https:']);

const checkBucket = ({ text, providers }: Names, path: Path, what: string, bucket: LooseFields): void => {
  const provider = providers.find(({ name }) => name === bucket['provider']);
  if (provider === undefined) return;
  for (const detail of provider.details) {
    const { name, required } = detail;
    if (required && (bucket[name] === undefined || bucket[name] === ''))
      text.problem([...path, 'provider'], `a ${what} of ${provider.name} needs ${name}. Add it.`);
    if (isBadUrl(detail, bucket[name]))
      text.problem([...path, name], 'this is not a URL. Use an http(s) URL.');
  }
};

/** What a schema cannot say: ids that are unique, references that lead somewhere, roles, URLs, one schedule. */
export const checkRules = (
  text: FileText,
  file: LooseFile,
  providers: readonly ProviderDescription[],
): void => {
  const names: Names = {
    text,
    providers,
    members: new Set(file.members.map(({ id }) => id)),
    environments: new Set(file.environments.map(({ id }) => id)),
    controllers: new Set(Object.keys(file.controllers)),
  };
  duplicates(text, ['members'], file.members);
  duplicates(text, ['environments'], file.environments);
  duplicates(
    text,
    ['targets'],
    file.targets.map((target) => ({ id: textIn(target, 'id') ?? '' })),
  );
  file.environments.forEach((environment, index) => {
    const path = ['environments', index];
    duplicates(text, [...path, 'nodes'], environment.nodes);
    checkRoles(text, [...path, 'nodes'], environment.nodes);
    checkSameAs(text, [...path, 'nodes'], environment.nodes);
    environment.nodes.forEach((node, place) => {
      checkNode(names, [...path, 'nodes', place], node);
    });
    if (environment.managed) checkBucket(names, [...path, 'managed'], 'managed bucket', environment.managed);
    checkBackup(text, [...path, 'backup'], environment.backup);
  });
  file.targets.forEach((target, index) => {
    checkReferences(names, ['targets', index], target);
    checkBucket(names, ['targets', index], 'target', target);
  });
};
