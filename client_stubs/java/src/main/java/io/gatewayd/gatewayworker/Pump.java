package io.gatewayd.gatewayworker;

/** A thread that works on events, for as long as there are some. What it knows of itself is guarded by the dispatcher's lock. */
final class Pump {
  private static final ThreadLocal<Pump> CURRENT = new ThreadLocal<>();

  final Dispatcher dispatcher;
  final Thread thread = Thread.currentThread();

  /** A handler runs in it. */
  boolean handling;

  /** That handler waits for something, as far as is known: others must take the next events. Read without the lock too. */
  volatile boolean waits;

  /** How often it has come by the dispatcher, and how often when it was last looked at. */
  int moves;

  int movesSeen = -1;

  Pump(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** That of the thread which this is called in; null where it is none. */
  static Pump current() {
    return CURRENT.get();
  }

  static void setCurrent(Pump pump) {
    if (pump == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(pump);
    }
  }

  /** The handler is about to wait. */
  void beginWaiting() {
    dispatcher.beginWaiting(this);
  }

  /** It goes on. */
  void endWaiting() {
    dispatcher.endWaiting(this);
  }
}
