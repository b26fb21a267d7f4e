/** What a client did, for the test that started it: a line of JSON for each call on standard output. */

/** Does something, says when and under which name; an error is an answer too where it `mayFail`. */
export async function note(what, action, mayFail = false) {
  const began = Date.now();
  try {
    return await action();
  } catch (error) {
    if (!mayFail) throw error;
    return undefined;
  } finally {
    console.log(JSON.stringify({ what, began, ended: Date.now() }));
  }
}

/** Runs the part that was asked for: `node FILE serve|ask PORT`. */
export async function main(parts) {
  const [part, port] = process.argv.slice(2);
  await parts[part](Number(port));
}
