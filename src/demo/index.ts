/** The demo: a small shop of real services that talk with each other, and switches that break it. */
export { clean, leftovers, ownMark, runningDemo } from './clean.ts';
export { type Controlled, type DemoStatus, listenForOrders, order, type ServiceStatus } from './control.ts';
export { type Fault, type FaultName, Faults, faultNames, faultOf, faults } from './faults.ts';
export { makeGroup } from './groups.ts';
export { provide, requireParts } from './packages.ts';
export { cgroupNames, demoDirectory, passable, places } from './places.ts';
export { type Load, type Shop, startShop } from './shop.ts';
