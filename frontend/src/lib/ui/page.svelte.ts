// What a page sets on the document: a neutral title, and the layout of the body.

export type Layout = 'app' | 'run' | 'desk' | 'stage';

export function describePage(title: () => string, layout: Layout = 'app'): void {
  $effect(() => {
    document.title = title();
  });
  $effect(() => {
    document.body.className = layout;
    const root = document.documentElement;
    const before = root.dataset['theme'];
    if (layout === 'stage') root.dataset['theme'] = 'stage';
    return () => {
      if (layout !== 'stage') return;
      if (before && before !== 'stage') root.dataset['theme'] = before;
      else delete root.dataset['theme'];
    };
  });
}
