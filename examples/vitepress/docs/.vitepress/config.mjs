import { defineConfig } from 'vitepress';

export default defineConfig({
  title: 'Runbook',
  description: 'What to do when the database is slow.',
  // Half-Open's files stand beside the pages.
  head: [['script', { src: '/half-open/embed.js', defer: '' }]],
  // Vue leaves the element alone.
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === 'half-open' } } },
});
