package io.gatewayd.gatewayworker;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Works on events: those of one client in their order, those of others meanwhile.
 *
 * <p>One thread, a {@link Pump}, takes events one after the other for as long as their handlers come back. Only behind one that
 * waits another thread takes the next events: at once where it waits for a call of this package, within two milliseconds where
 * it waits for something else, which {@link #look} finds out. So handlers that finish at once cost no thread each. Handlers that
 * go on without a thread say later that they have {@link #finished}.
 */
final class Dispatcher {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  /** After so many events what is done is sent, though there is more to do. */
  private static final int EVENTS_A_TURN = 64;

  /** A client whose handler runs, with nothing behind it. */
  private static final Queue<Event> NOTHING = new ArrayDeque<>(0);

  /** What a dispatcher does with events. None of it may throw. */
  interface Work {
    /** Runs the event's handler: returns whether it is over; else {@link #finished} is called when it is. */
    boolean handle(Event event);

    /** Sends what is done. */
    void flush();

    /** {@link #look} is to be called from time to time, until it returns false. */
    void watch();
  }

  private final Work work;
  private final Executor executor;
  private final int concurrency;

  private final Object lock = new Object();

  /** Those that came and have not begun. */
  private final Queue<Event> ready = new ArrayDeque<>();

  /** Those that are next of a client whose handler is over; they count as running. */
  private final Queue<Event> claimed = new ArrayDeque<>();

  /** Whose handler runs: what waits behind it. */
  private final Map<String, Queue<Event>> clients = new HashMap<>();

  private final Set<Pump> pumps = new HashSet<>();

  /** Pumps that were asked of the executor, and do not run yet. */
  private int starting;

  /** Pumps whose handler waits. */
  private int waiting;

  /** Handlers that have begun and are not over. */
  private int running;

  private boolean flushWanted;
  private boolean cancelled;

  /** {@code concurrency}: how many handlers may run at a time. */
  Dispatcher(Work work, Executor executor, int concurrency) {
    this.work = work;
    this.executor = executor;
    this.concurrency = concurrency;
  }

  /** Takes events, in the order in which they are to be worked on. */
  void put(Collection<Event> events) {
    boolean needed;
    synchronized (lock) {
      if (cancelled) {
        return;
      }
      ready.addAll(events);
      needed = needPump();
    }
    start(needed ? 1 : 0);
    work.watch();
  }

  /** A handler that went on without a thread is over; what it did is to be sent. */
  void finished(Event event) {
    boolean needed;
    synchronized (lock) {
      Event next = release(event);
      if (next != null && !cancelled) {
        claimed.add(next);
      }
      flushWanted = true;
      needed = needPump();
    }
    start(needed ? 1 : 0);
  }

  /** Something is to be sent soon. What a handler has to send goes when it comes back, or is looked at. */
  void flushSoon() {
    Pump pump = Pump.current();
    if (pump != null && pump.dispatcher == this) {
      if (pump.waits) {
        endWaiting(pump);
      }
      return;
    }
    boolean needed;
    synchronized (lock) {
      flushWanted = true;
      needed = needPump();
    }
    start(needed ? 1 : 0);
  }

  /**
   * Finds handlers that have not come back since the last look, and lets others take the events behind them: of these twice as
   * many each time. Returns whether to look again.
   */
  boolean look() {
    int wanted = 0;
    boolean again = false;
    synchronized (lock) {
      for (Pump pump : pumps) {
        if (pump.handling && !pump.waits) {
          if (pump.moves == pump.movesSeen) {
            waits(pump);
          } else {
            pump.movesSeen = pump.moves;
            again = true;
          }
        }
      }
      if (needPump()) {
        int room = claimed.size() + Math.min(ready.size(), Math.max(0, concurrency - running));
        wanted = Math.max(1, Math.min(room, waiting));
        starting += wanted - 1;
      }
      again |= toBegin() || flushWanted;
    }
    start(wanted);
    return again;
  }

  /** Waits until all handlers are over; returns whether they are. */
  boolean awaitIdle(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (running > 0) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        lock.wait(left / 1_000_000, (int) (left % 1_000_000));
      }
      return true;
    }
  }

  /** No handler begins any more; those that run are interrupted. */
  void cancel() {
    synchronized (lock) {
      cancelled = true;
      ready.clear();
      claimed.clear();
      clients.replaceAll((client, behind) -> NOTHING);
      for (Pump pump : pumps) {
        if (pump.handling) {
          pump.thread.interrupt();
        }
      }
    }
  }

  /** The handler that runs in this pump is about to wait: what it did is sent, and others take the next events. */
  void beginWaiting(Pump pump) {
    boolean needed;
    synchronized (lock) {
      waits(pump);
      needed = needPump();
    }
    work.flush();
    start(needed ? 1 : 0);
  }

  /** It goes on. */
  void endWaiting(Pump pump) {
    synchronized (lock) {
      goesOn(pump);
      pump.moves++;
    }
    work.watch();
  }

  // ---- A pump

  private void start(int count) {
    for (int i = 0; i < count; i++) {
      try {
        executor.execute(this::pump);
      } catch (RejectedExecutionException error) {
        LOG.log(Level.DEBUG, "the executor takes no more for now", error);
        synchronized (lock) {
          starting -= count - i;
        }
        work.watch();
        return;
      }
    }
  }

  private void pump() {
    Pump pump = new Pump(this);
    synchronized (lock) {
      starting--;
      pumps.add(pump);
    }
    Pump.setCurrent(pump);
    do {
      work(pump);
      work.flush();
    } while (!leaves(pump));
    Pump.setCurrent(null);
  }

  private void work(Pump pump) {
    int turn = 0;
    Event event = next(pump, null);
    while (event != null) {
      boolean over = event.isLost() || work.handle(event);
      if (++turn == EVENTS_A_TURN) {
        work.flush();
        turn = 0;
      }
      event = next(pump, over ? event : null);
    }
  }

  /** The next event to work on; null: none. {@code over}: whose handler has just come back. */
  private Event next(Pump pump, Event over) {
    synchronized (lock) {
      pump.moves++;
      pump.handling = false;
      goesOn(pump);
      Event next = over == null ? null : release(over);
      if (next == null) {
        next = take();
      }
      if (next == null) {
        flushWanted = false; // it is done next
      } else {
        pump.handling = true;
      }
      return next;
    }
  }

  private boolean leaves(Pump pump) {
    synchronized (lock) {
      if (toBegin() || flushWanted) {
        return false;
      }
      pumps.remove(pump);
      if (cancelled) {
        Thread.interrupted(); // meant for a handler, and perhaps too late for it
      }
      return true;
    }
  }

  // ---- Under the lock

  private Event take() {
    Event event = claimed.poll();
    if (event != null || running >= concurrency) {
      return event;
    }
    while ((event = ready.poll()) != null) {
      Queue<Event> behind = clients.putIfAbsent(event.clientId(), NOTHING);
      if (behind == null) {
        running++;
        return event;
      }
      if (behind == NOTHING) {
        behind = new ArrayDeque<>(4);
        clients.put(event.clientId(), behind);
      }
      behind.add(event);
    }
    return null;
  }

  /** Its handler is over: the next event of its client, which counts as running from now on; null: none. */
  private Event release(Event event) {
    Event next = clients.get(event.clientId()).poll();
    if (next == null) {
      clients.remove(event.clientId());
      if (--running == 0) {
        lock.notifyAll();
      }
    }
    return next;
  }

  private boolean toBegin() {
    return !claimed.isEmpty() || (!ready.isEmpty() && running < concurrency);
  }

  /** Whether there is something to do and nobody at hand for it; who asks then starts one. */
  private boolean needPump() {
    boolean needed = (toBegin() || flushWanted) && pumps.size() + starting == waiting;
    if (needed) {
      starting++;
    }
    return needed;
  }

  private void waits(Pump pump) {
    if (!pump.waits) {
      pump.waits = true;
      waiting++;
    }
  }

  private void goesOn(Pump pump) {
    if (pump.waits) {
      pump.waits = false;
      waiting--;
    }
  }
}
