/** What tests run inside of the page: `page.evaluate(hand, [...])`. */

/** A file comes by drag and drop, or from the clipboard. */
export function hand([kind, name, base64]) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const type = name.endsWith(".png") ? "image/png" : "";
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const event =
    kind === "drop"
      ? new DragEvent("drop", {
          dataTransfer: carried,
          bubbles: true,
          cancelable: true,
        })
      : new ClipboardEvent("paste", { clipboardData: carried, bubbles: true });
  document.body.dispatchEvent(event);
}

/** A large picture is dropped. */
export async function paint([width, height]) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let i = 0; i < 400; i++) {
    context.fillStyle = `rgb(${i % 255} ${(7 * i) % 255} 90)`;
    context.fillRect((i * 131) % width, (i * 211) % height, 40, 30);
  }
  const carried = new DataTransfer();
  carried.items.add(
    new File([await canvas.convertToBlob()], "large.png", {
      type: "image/png",
    }),
  );
  document.body.dispatchEvent(
    new DragEvent("drop", {
      dataTransfer: carried,
      bubbles: true,
      cancelable: true,
    }),
  );
}
