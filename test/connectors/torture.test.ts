// The tortures themselves: a good reader of a model vendor stands all of them, and each catches the reader that it is there for.

import { modelConnector, modelPlace } from '../contracts/model-vendor.ts';
import { tortureContract } from '../contracts/torture.ts';

const model = modelConnector();

tortureContract({
  name: 'a model vendor',
  connector: model,
  excused: {},
  start: (connector, torture) => Promise.resolve(modelPlace(connector, model.reads, torture === 'flood')),
});
