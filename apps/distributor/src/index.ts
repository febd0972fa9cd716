/**
 * distributor owns how files come to the targets: one lane a target, their limits, healing. It does not own what was
 * agreed (domain) or how a kind of place is spoken to (object-store).
 */
export { deliveryVariables, toDeliveryLimits, type DeliveryOptions } from './delivery.options.js';
export { DistributorModule } from './distributor.module.js';
