/**
 * The orders in which `size` variants are called, one order a round, over and over: a zigzag, rotated by one each
 * round. Within a cycle each variant stands equally often in each place and follows each other one equally often, so
 * neither drift nor what a call leaves behind (garbage, cold caches) favours any.
 *
 * E. J. Williams, "Experimental designs balanced for the estimation of residual effects of treatments", Australian
 * Journal of Scientific Research A 2 (1949). An odd number of variants needs every order in reverse, too.
 */
export function balancedOrders(size: number): readonly (readonly number[])[] {
  const zigzag = Array.from({ length: size }, (_, place) => (place % 2 ? (place + 1) / 2 : size - place / 2) % size);
  const orders = zigzag.map((_, by) => zigzag.map(variant => (variant + by) % size));
  return size % 2 ? [...orders, ...orders.map(order => order.toReversed())] : orders;
}
