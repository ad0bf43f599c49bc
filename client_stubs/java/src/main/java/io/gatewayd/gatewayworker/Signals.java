package io.gatewayd.gatewayworker;

import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * SIGTERM and SIGINT, taken for as long as this is open. A shutdown hook could not let the program end with 0, so this is
 * {@code sun.misc.Signal}, by reflection: javac has no way not to warn of it, and a JVM need not have it.
 */
final class Signals implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  private interface Step {
    void run() throws ReflectiveOperationException;
  }

  private final List<Step> putBack = new ArrayList<>();

  /** {@code arrived} is called for each, in a thread of the JVM's. */
  Signals(Runnable arrived) {
    for (String name : List.of("TERM", "INT")) {
      attempt("SIG" + name + " will not make the worker leave", () -> take(name, arrived));
    }
  }

  private void take(String name, Runnable arrived) throws ReflectiveOperationException {
    Class<?> signalClass = Class.forName("sun.misc.Signal");
    Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
    Object signal = signalClass.getConstructor(String.class).newInstance(name);
    Object handler = Proxy.newProxyInstance(
        Signals.class.getClassLoader(),
        new Class<?>[] {handlerClass},
        (proxy, method, arguments) -> switch (method.getName()) {
          case "handle" -> {
            arrived.run();
            yield null;
          }
          case "equals" -> proxy == arguments[0];
          case "hashCode" -> System.identityHashCode(proxy);
          default -> "the handler of a gatewayworker";
        });
    Object before = signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
    putBack.add(() -> signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, before));
  }

  @Override
  public void close() {
    putBack.forEach(step -> attempt("a signal's handler could not be put back", step));
  }

  /** What the system or the JVM (-Xrs) keeps for itself stays as it is. */
  private static void attempt(String otherwise, Step step) {
    try {
      step.run();
    } catch (InvocationTargetException error) {
      LOG.log(Level.WARNING, otherwise, error.getCause());
    } catch (ReflectiveOperationException error) {
      LOG.log(Level.WARNING, otherwise, error);
    }
  }
}
