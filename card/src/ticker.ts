const followers = new Set<() => void>();
let frame = 0;

function run(): void {
  frame = 0;
  for (const follow of [...followers]) follow();
  if (followers.size) frame ||= requestAnimationFrame(run);
}

/** Call a function in each frame; nothing runs on the page while nobody follows. */
export function follow(callback: () => void): void {
  followers.add(callback);
  frame ||= requestAnimationFrame(run);
}

/** Call it no more. */
export function unfollow(callback: () => void): void {
  followers.delete(callback);
  if (followers.size) return;
  cancelAnimationFrame(frame);
  frame = 0;
}
