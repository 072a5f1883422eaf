/** Preloaded into a command: throws where nobody catches it, once the command can be asked. */
process.on("newListener", (event) => {
  if (event !== "uncaughtException") return;
  process.nextTick(() => {
    throw new Error("planted by a test");
  });
});
