/** Where one is. The path stays `/`: the history's own state carries it. */

export type Route =
  | { at: 'home' }
  | { at: 'conversation'; id: number }
  | { at: 'safety'; id: number }
  | { at: 'search'; id: number }
  | { at: 'request'; id: number }
  | { at: 'settings'; seen?: true };

function isRoute(value: unknown): value is Route {
  return typeof value === 'object' && value !== null && 'at' in value;
}

class Router {
  route: Route = $state.raw(isRoute(history.state) ? history.state : { at: 'home' });
  /** Steps of our own that `history.back()` can take. */
  #depth = 0;

  constructor() {
    addEventListener('popstate', (event: PopStateEvent) => {
      this.#depth = Math.max(0, this.#depth - 1);
      this.route = isRoute(event.state) ? event.state : { at: 'home' };
    });
  }

  /** Goes somewhere; from one conversation to another replaces, so that "back" leads to the list. */
  go(route: Route): void {
    const same = JSON.stringify(route) === JSON.stringify(this.route);
    if (same) return;
    const sideways = this.route.at === route.at;
    if (sideways) {
      history.replaceState(route, '', '/');
    } else {
      history.pushState(route, '', '/');
      this.#depth += 1;
    }
    this.route = route;
  }

  /** One step back, or to `fallback` when this tab began here. */
  back(fallback: Route = { at: 'home' }): void {
    if (this.#depth > 0) {
      history.back();
      return;
    }
    history.replaceState(fallback, '', '/');
    this.route = fallback;
  }
}

export const router = new Router();
