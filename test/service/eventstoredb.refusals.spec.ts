/**
 * @proves Each refusal of EventStoreDB is a coded error in words, on one line, with the host and never the password;
 * TLS works to IP addresses and checks them (DOUBLE).
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START } from '#libs/event-sourcing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { some } from '#libs/event-store/testing';
import { CodedError } from '#libs/kernel';
import { KurrentDouble, type KurrentOptions } from '../support/simulated/kurrentdb-double.js';
import { HAS_OPENSSL, makeCertificates } from '../support/servers/tls-certificates.js';

const names = { prefix: 'ck', categories: ['s'] };

describe('what EventStoreDB refuses (DOUBLE)', () => {
  let directory: string;
  let closers: (() => Promise<void>)[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-esdb-'));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    await rm(directory, { recursive: true });
  });

  const aDouble = async (options: KurrentOptions = {}): Promise<KurrentDouble> => {
    const double = await KurrentDouble.start(options);
    closers.push(() => double.stop());
    return double;
  };
  const aStore = (url: string): EventStoreDbEventStore => {
    const client = EventStoreDbClient.open({ url, callMaxMs: 5_000, unavailableMaxMs: 5_000 });
    const store = new EventStoreDbEventStore(client, names);
    closers.push(async () => {
      await store.close();
      await client.close();
    });
    return store;
  };
  /** Another address of the same server. */
  const forward = async (host: string, port: number): Promise<number> => {
    const server = createServer((socket) => {
      const inner = connect(port, '127.0.0.1');
      socket.pipe(inner).pipe(socket);
      for (const end of [socket, inner]) end.on('error', () => end.destroy());
    }).listen(0, host);
    await once(server, 'listening');
    closers.push(async () => {
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const fileOf = async (pem: string): Promise<string> => {
    const file = join(directory, 'ca.pem');
    await writeFile(file, pem);
    return file;
  };
  /** The code and the message, which is one line without a password. */
  const refusal = async (work: () => Promise<unknown>): Promise<string> => {
    const error: unknown = await work().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (!(error instanceof CodedError)) throw new Error('It was not refused.', { cause: error });
    expect(error.message).not.toMatch(/\n|s3cret/);
    return `${error.code} ${error.message}`.replace(/:\d{5}\b/, ':PORT');
  };

  it('$all without the right: told at once, by reads and by subscriptions', async () => {
    const double = await aDouble({ mayReadAll: false });
    const store = aStore(double.url);
    await store.append('s-1', some(1), 'no_stream');
    const denied =
      'STORE_ACCESS_DENIED The event store at 127.0.0.1:PORT refused the user in EVENTSTORE_URL access: Access to $all denied.';
    expect(await refusal(() => store.head())).toBe(denied);
    expect(await refusal(() => store.readAll(START, 1))).toBe(denied);
    const follow = async (): Promise<void> => {
      for await (const _ of store.subscribe({ after: START, signal: new AbortController().signal })) return;
    };
    expect(await refusal(follow)).toBe(denied);
  });

  const withTls = HAS_OPENSSL ? it : it.skip;

  withTls('speaks TLS to an IP address, and refuses a wrong password', async () => {
    const { ca, server } = makeCertificates();
    const double = await aDouble({ tls: server, login: 'ops:s3cret word' });
    const at = (login: string, ca: string) =>
      `esdb://${login}@127.0.0.1:${double.port}?tls=true&tlsCAFile=${ca}`;
    const file = await fileOf(ca);
    const store = aStore(at('ops:s3cret%20word', file));
    await store.append('s-1', some(1), 'no_stream');
    expect(await store.readAll(START, 10)).toHaveLength(1);
    const wrong = aStore(at('ops:s3cret', file));
    const refused =
      'STORE_LOGIN_REFUSED The event store at 127.0.0.1:PORT refused the user or the password in EVENTSTORE_URL.';
    expect(await refusal(() => wrong.append('s-1', some(1), 0n))).toBe(refused);
    expect(await refusal(() => wrong.head())).toBe(refused);
  });

  withTls('a certificate for other IP addresses or by an unknown authority is refused', async () => {
    const [{ ca, server }, other] = [makeCertificates(), makeCertificates()];
    const double = await aDouble({ tls: server });
    const unknown = aStore(`esdb://u:s3cret@127.0.0.1:${double.port}?tlsCAFile=${await fileOf(other.ca)}`);
    expect(await refusal(() => unknown.head())).toMatch(
      /^STORE_TLS_FAILED The event store at 127.0.0.1:PORT: nobody known vouches for its certificate; .* tlsCAFile/,
    );
    const port = await forward('127.0.0.2', double.port);
    const otherHost = aStore(`esdb://u:s3cret@127.0.0.2:${port}?tlsCAFile=${await fileOf(ca)}`);
    expect(await refusal(() => otherHost.head())).toMatch(
      /^STORE_TLS_FAILED The event store at 127.0.0.2:PORT: its certificate is for other hosts; /,
    );
  });

  withTls('TLS on one side only is told, whichever side it is', async () => {
    const { ca, server } = makeCertificates();
    const [plain, tls] = [await aDouble(), await aDouble({ tls: server })];
    const toPlain = aStore(`esdb://u:s3cret@127.0.0.1:${plain.port}?tlsCAFile=${await fileOf(ca)}`);
    expect(await refusal(() => toPlain.head())).toMatch(/^STORE_TLS_FAILED .*:PORT: it does not speak TLS; /);
    const toTls = aStore(`esdb://u:s3cret@127.0.0.1:${tls.port}?tls=false`);
    expect(await refusal(() => toTls.head())).toMatch(/^STORE_TLS_FAILED .*:PORT: it speaks TLS only; /);
  });

  it.each([
    ['nowhere', 'esdb://user:password@host:2113 is expected'],
    ['http://u:s3cret@h:2113', 'http:// is not its protocol; write esdb://host:2113?tls=false'],
    ['https://u:s3cret@h:2113', 'https:// is not its protocol; write esdb://host:2113'],
    ['esdb://h:2113', 'there is no user and password, which a server with TLS requires'],
    ['esdb://s3cret@h:2113', 'the user has no password; write user:password@'],
    ['esdb://u:s3cret%ZZ@h', 'the password has a % without two hex digits after it; write % as %25'],
    ['esdb://u:s3cret@h?tlsVerifyCert=false', 'tlsVerifyCert=false is not supported'],
    ['esdb://u:s3cret@h?tlsCaFil=/x', 'the option "tlsCaFil" does not exist; there are tls, '],
    ['esdb://u:s3cret@h?tls=yes', 'tls must be true or false'],
    ['esdb://u:s3cret@h?tlsCAFile=/not/there', "the file that tlsCAFile names can't be read: /not/there"],
    ['esdb://u:s3cret@h?userCertFile=/not/there', "the file that userCertFile names can't be read"],
    ['esdb://u:s3cret@h?nodePreference=follower', 'nodePreference must be leader'],
    ['esdb://u:s3cret@h?keepAliveInterval=soon', 'keepAliveInterval must be a whole number'],
    ['esdb://u:s3cret@h:port', '"h:port" isn\'t a host with a port'],
    ['esdb://u:s3cret@a,,b', '"" isn\'t a host with a port'],
  ])('%s is refused in words', async (url, why) => {
    const message = await refusal(async () => EventStoreDbClient.open({ url }));
    expect(message.startsWith(`CONFIG_INVALID EVENTSTORE_URL: ${why}`)).toBe(true);
  });

  it.each(['esdb', 'kurrentdb', 'esdb+discover', 'kurrentdb+discover'])(
    '%s:// finds a server',
    async (scheme) => {
      const double = await aDouble();
      const store = aStore(`${scheme}://u:p%40ss@127.0.0.1:${double.port}/?TLS=false&NodePreference=Leader`);
      await store.append('s-1', some(1), 'no_stream');
      expect(double.calls.append).toBe(1);
    },
  );

  it('several hosts: one of them is enough', async () => {
    const double = await aDouble();
    const gone = await KurrentDouble.start();
    const { port } = gone;
    await gone.stop();
    const store = aStore(`esdb://u:p@127.0.0.1:${port},127.0.0.1:${double.port},localhost?tls=false`);
    await store.append('s-1', some(1), 'no_stream');
    expect(double.calls.append).toBe(1);
  });
});
