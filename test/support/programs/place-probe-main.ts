import { bodyFromBytes, digestOf, probeStore, type BucketLocation } from '#libs/object-store';
import { objectStoreVariables, toObjectStoreConfig } from '#libs/composition/object-store.config';
import { builtInProviders } from '#libs/object-store/adapters/built-in.providers';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { toCodedError } from '#libs/kernel';
import { loadConfig } from '#libs/runtime';
import { z } from 'zod';

/*
 * Opens the place in PLACE in a separate process, whose environment says who it is; probes it, writes a file and
 * reads it back. Prints what it found as one line of JSON.
 */
const place = JSON.parse(process.env['PLACE'] ?? '{}') as BucketLocation;
const config = toObjectStoreConfig(loadConfig(z.object(objectStoreVariables), process.env));
const body = bodyFromBytes(Buffer.from('some bytes'));
const found = async (): Promise<object> => {
  const store = await new ProviderObjectStores(builtInProviders(config)).open(place);
  const probe = await probeStore(store, 'e/');
  try {
    const { outcome } = await store.put('e/file.rlp', body, 'if-absent');
    return { probe, outcome, isEqual: (await digestOf(store, 'e/file.rlp')).sha256 === body.sha256 };
  } catch (error) {
    const { code, message } = toCodedError(error);
    return { probe, code, message };
  }
};
process.stdout.write(`${JSON.stringify(await found())}\n`);
