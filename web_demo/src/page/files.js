/** Files that are chosen, dropped on the page or pasted into it. */

const $ = (id) => document.getElementById(id);

/**
 * Hand over every file that the user gives.
 *
 * @param {{ bundle: (file: File) => void, picture: (file: File) => void }} take
 */
export function onFiles(take) {
  choose("open-bundle", "bundle-file", take.bundle);
  choose("open-image", "image-file", take.picture);
  const any = async (files) => {
    if (files.length === 0) return;
    const kind = (await isNetwork(files[0])) ? take.bundle : take.picture;
    kind(files[0]);
  };
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("drop");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("drop");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("drop");
    any(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => any(event.clipboardData.files));
}

function choose(button, input, take) {
  $(button).addEventListener("click", () => $(input).click());
  $(input).addEventListener("change", () => {
    const [file] = $(input).files;
    $(input).value = ""; // the same file may be chosen again
    if (file) take(file);
  });
}

/** By its name, or by what stands at the head of every .tflite file. */
async function isNetwork(file) {
  if (file.name.endsWith(".tflite")) return true;
  // Of a folder nothing can be read; who reads the picture says so.
  const head = await file
    .slice(4, 8)
    .text()
    .catch(() => "");
  return head === "TFL3";
}
