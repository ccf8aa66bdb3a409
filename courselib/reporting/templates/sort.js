for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), row = head.parentElement, body = head.closest("table").tBodies[0];
    const ascending = head.getAttribute("aria-sort") !== "ascending";
    for (const other of row.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const value = (line) => line.cells[head.cellIndex].dataset.value ?? line.cells[head.cellIndex].textContent.trim();
    const compare = (a, b) => value(a).localeCompare(value(b), "en", {numeric: true, sensitivity: "base"});
    const numeric = (a, b) => parseFloat(value(a)) - parseFloat(value(b));
    const order = head.matches(".n, .share") ? numeric : compare;
    const lines = [...body.rows].sort((a, b) => (ascending ? order(a, b) : order(b, a)));
    body.append(...lines);
  });
}
