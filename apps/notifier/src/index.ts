/**
 * notifier owns telling the outside world that something needs a person: a signed webhook for failed, disputed and
 * overdue backups and for suspended deliveries. It does not own what counts as a failure (domain).
 */
export { NotifierModule, type NotifierOptions } from './notifier.module.js';
