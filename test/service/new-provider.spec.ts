/** @proves A provider that is only registered is listed, accepted by the API and in a network file, and delivered to (SIMULATED nodes). */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { parseNetworkFile } from '#libs/network-file';
import {
  detail,
  parseDetails,
  Providers,
  type BucketLocation,
  type ObjectStore,
  type Provider,
  type ProviderDescription,
} from '#libs/object-store';
import { BUILT_IN_PROVIDERS } from '#libs/object-store/adapters/built-in.providers';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { objectStoreContract } from '#libs/object-store/object-store.contract';
import { TargetService } from '../support/worlds/target-service.js';

jest.setTimeout(120_000);

const FILES = 4;
const SECRET = 'planted-shelf-secret';

/*
 * Everything that a new provider is: in the product this is a folder below libs/object-store/src/adapters and a line in
 * built-in.providers.ts. No other file knows a provider by name.
 */
const shelves = new Map<string, MemoryObjectStore>();
const settings = z.object({
  shelf: detail(z.string(), { label: 'Shelf', address: true, aliases: ['rack'] }),
  shelf_secret: detail(z.string().min(1), { label: 'Key of the shelf', secret: true }),
  colour: detail(z.enum(['red', 'blue']).optional(), { label: 'Colour', advanced: true }),
  catalogue: detail(z.string().optional(), { label: 'Catalogue', type: 'path' }),
});
const shelfIn = (location: BucketLocation): string => parseDetails(settings, location).shelf.toLowerCase();
const openShelf = (location: BucketLocation): ObjectStore => {
  const name = shelfIn(location);
  const store = shelves.get(name) ?? new MemoryObjectStore();
  shelves.set(name, store);
  return store;
};
const shelfProvider: Provider = {
  name: 'shelf',
  label: 'Shelf',
  access: 'member',
  settings,
  forbidden: [{ name: 'ladder', why: 'a shelf has no ladder' }],
  destination: (location) => `shelf|${shelfIn(location)}`,
  open: openShelf,
};

objectStoreContract('a provider that a suite registers', async () => {
  const location = { provider: 'shelf', details: { shelf: 'contract' }, secrets: { shelf_secret: SECRET } };
  const store = await new ProviderObjectStores([shelfProvider]).open({ ...location, role: 'target' });
  const memory = shelves.get('contract') ?? new MemoryObjectStore();
  return {
    store,
    residentBytes: () => memory.residentBytes(),
    dispose: async () => {
      shelves.delete('contract');
    },
  };
});

describe('a provider that is registered and named nowhere else', () => {
  const configurations = 'consortia/c/environments/e/configurations';
  let service: TargetService;

  beforeAll(async () => {
    service = await TargetService.start({
      blocks: FILES - 1,
      clockFactor: 20,
      members: ['bank-a'],
      managed: { provider: 'shelf', shelf: 'managed', shelf_secret: SECRET },
      decorate: (adapters) => ({
        ...adapters,
        objects: new ProviderObjectStores([...BUILT_IN_PROVIDERS, shelfProvider]),
      }),
    });
  });
  afterAll(() => service.remove());

  const providers = async (): Promise<readonly ProviderDescription[]> =>
    (await service.must('GET', 'providers')) as unknown as readonly ProviderDescription[];
  const details = { provider: 'shelf', rack: 'Bank-A', shelf_secret: SECRET, colour: 'blue' };

  it('is listed with what it needs', async () => {
    const listed = await providers();
    expect(listed.map(({ name }) => name)).toStrictEqual(['directory', 'aws', 's3', 'azure', 'shelf']);
    expect(listed.at(-1)).toMatchObject({
      label: 'Shelf',
      access: 'member',
      details: [
        { name: 'shelf', type: 'text', required: true, secret: false, aliases: ['rack'], address: true },
        { name: 'shelf_secret', label: 'Key of the shelf', required: true, secret: true },
        { name: 'colour', choices: ['red', 'blue'], required: false, advanced: true },
        { name: 'catalogue', type: 'path' },
      ],
      forbidden: [{ name: 'ladder', why: 'a shelf has no ladder' }],
    });
  });

  it('takes a target over the API, its secret sealed, and files are delivered to it', async () => {
    const target = await service.target('copy', 'bank-a', details);
    expect(target).toMatchObject({
      checked: { ok: true },
      details: { provider: 'shelf', shelf: 'Bank-A', shelf_secret: '********', colour: 'blue' },
    });
    await service.requestRun();
    await service.until('complete', () => service.isComplete('copy', FILES), 60_000);
    const { state } = await service.ports.streams.targets.load('copy');
    expect(state).toMatchObject({ provider: 'shelf', destination: 'shelf|bank-a' });
    for (const shelf of ['managed', 'bank-a']) {
      const keys: string[] = [];
      for await (const { key } of shelves.get(shelf)?.list('') ?? []) keys.push(key);
      expect(keys.filter((key) => key.endsWith('.rlp'))).toHaveLength(FILES);
    }
    expect(service.said.includes(SECRET)).toBe(false);
    expect((await service.database()).includes(SECRET)).toBe(false);
  });

  it('keeps its ledger while the bucket is the same, however it is spelled', async () => {
    const destinationOf = async (): Promise<unknown> => {
      const { state } = await service.ports.streams.targets.load('copy');
      return state.status === 'live' ? state.destination : undefined;
    };
    await service.change('copy', { shelf: 'BANK-A', colour: 'red' });
    expect(await destinationOf()).toBe('shelf|bank-a');
    await service.change('copy', { shelf: 'elsewhere' });
    expect(await destinationOf()).toBe('shelf|elsewhere');
  });

  it.each([
    [{ provider: 'shelf', shelf_secret: SECRET }, 400, /shelf/],
    [
      { provider: 'shelf', shelf: 's', shelf_secret: SECRET, ladder: 1 },
      400,
      /details\.ladder: a shelf has no/,
    ],
    [
      { provider: 'gcs', bucket: 'b' },
      400,
      /"gcs" is not supported\. Use one of: directory, aws, s3, azure, shelf\./,
    ],
  ])('refuses %j', async (wrong, status, message) => {
    const body = { _id: 'wrong', membership_id: 'bank-a', type: 'backup', details: wrong };
    const answer = await service.ask('POST', configurations, body);
    expect(answer.status).toBe(status);
    expect(answer.body['detail']).toMatch(message);
    expect(answer.text).not.toContain(SECRET);
  });

  it('is understood in a network file, by what the API lists', async () => {
    const file = (target: string): string =>
      `consortium: { id: c, name: C }\nmembers: [ { id: bank-a, name: A } ]\nenvironments:\n  - id: e\n    provider: geth\n    nodes:\n` +
      '      - { id: v, role: validator, member: bank-a, rpc: "http://v:1" }\n      - { id: m, role: monitor, rpc: "http://m:1" }\n' +
      '    managed: { provider: shelf, shelf: m, shelf_secret: s }\n' +
      `targets: [ { id: t, member: bank-a, environment: e, provider: shelf, ${target} } ]\n`;
    const listed = await providers();
    const parse = (target: string) =>
      parseNetworkFile(file(target), { file: '/n/f.yaml', env: {}, providers: listed, readFile: String });
    const desired = parse('shelf: s, shelf_secret: x, colour: red, catalogue: ./list').resources;
    expect(desired.find(({ kind }) => kind === 'target')?.fields['details']).toStrictEqual({
      provider: 'shelf',
      shelf: 's',
      shelf_secret: 'x',
      colour: 'red',
      catalogue: '/n/list',
    });
    expect(() => parse('shelf_secret: x')).toThrow('a target of shelf needs shelf. Add it.');
    expect(() => parse('shelf: s, shelf_secret: x, colour: green')).toThrow(/colour: .*"red"\|"blue"/);
    expect(() => parse('shelf: s, shelf_secret: x, sheld: y')).toThrow('sheld: unknown key');
  });
});

describe('the providers of an installation', () => {
  it('have one name each, and no secret that a log would show', () => {
    expect(() => new Providers([shelfProvider, shelfProvider])).toThrow('the same name');
    const open = z.object({ pin: detail(z.string(), { label: 'PIN', secret: true }) });
    expect(() => new Providers([{ ...shelfProvider, settings: open }])).toThrow('Logs would show "pin"');
  });
});
