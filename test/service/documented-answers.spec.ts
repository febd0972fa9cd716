import { describe, expect, it } from '@jest/globals';
import { expectDocumented } from '../support/checks/documented-answers.js';

const URL_OF = 'http://127.0.0.1/api/v1/consortia/acme/memberships';
const member = { _id: 'bank-a', consortium_id: 'acme', org_name: 'Bank A', state: 'active' };
const check =
  (body: unknown, url = URL_OF) =>
  () => {
    expectDocumented('GET', url, { status: 200, body });
  };

// Every answer that the suites of the API get is held against the committed document: this shows that it can fail.
describe('answers and the OpenAPI document', () => {
  it('agree in a list and in a resource', () => {
    expect(check([member])).not.toThrow();
    expect(check(member, `${URL_OF}/bank-a`)).not.toThrow();
  });

  it('differ by a field that is missing, of another kind, or not described', () => {
    const { org_name: _name, ...nameless } = member;
    expect(check([nameless])).toThrow(/org_name/);
    expect(check([{ ...member, state: 'asleep' }])).toThrow(/state/);
    expect(check([{ ...member, secret: 'x' }])).toThrow(/secret/);
    expect(check(member)).toThrow(/not as documented/);
  });

  it('are not compared for refusals, which are problems of one form', () => {
    expect(() => {
      expectDocumented('GET', URL_OF, { status: 404, body: {} });
    }).not.toThrow();
  });
});
