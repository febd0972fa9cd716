import { CodedError } from '#libs/kernel';
import { EVERY_CONSORTIUM, type Caller } from './edge/request.js';

const forbid = (what: string): never => {
  throw new CodedError('AUTH_FORBIDDEN', what);
};

export const isOperator = ({ principal }: Caller): boolean => principal.role === 'operator';

/** AUTH_FORBIDDEN for everyone except operators. */
export const requireOperator = (caller: Caller): void => {
  if (!isOperator(caller)) forbid('Only an operator may do this.');
};

export const seesConsortium = ({ principal }: Caller, consortiumId: string): boolean =>
  principal.consortiumId === EVERY_CONSORTIUM || principal.consortiumId === consortiumId;

/** Members see what is theirs only. */
export const seesMembersThings = (caller: Caller, membershipId: string | undefined): boolean =>
  isOperator(caller) || (membershipId !== undefined && caller.principal.memberId === membershipId);

/** AUTH_FORBIDDEN unless the caller may change what belongs to this membership. */
export const requireAdminOf = (caller: Caller, membershipId: string | undefined): void => {
  if (isOperator(caller)) return;
  if (caller.principal.role !== 'member_admin') forbid('A viewer can only read.');
  if (!seesMembersThings(caller, membershipId)) forbid('This belongs to another membership.');
};
