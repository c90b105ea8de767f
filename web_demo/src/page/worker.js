// A classic worker, because LiteRT.js loads its WebAssembly with importScripts, which
// module workers lack. Messages that come before the modules are there wait for them.
const service = import("./service.js");
self.onmessage = async ({ data }) => (await service).receive(data);
