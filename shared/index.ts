export * from './conditions.js';
export * from './error.js';
export * from './grid.js';
export * from './job.js';
export * from './model.js';
export * from './progress.js';
export * from './protocol.js';
export * from './request.js';
