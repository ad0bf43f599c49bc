package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in README.md are programs. */
class ReadmeTest {
  @Test
  void itsProgramsCompile(@TempDir Path folder) throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    Matcher blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
    List<JavaFileObject> programs = new ArrayList<>();
    while (blocks.find()) {
      String text = blocks.group(1);
      Matcher name = Pattern.compile("public final class (\\w+)").matcher(text);
      if (name.find()) {
        programs.add(new SimpleJavaFileObject(
            URI.create("string:///" + name.group(1) + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
          }
        });
      }
    }
    assertEquals(2, programs.size());
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"), "-Xlint:all", "-proc:none");
    assertTrue(compiler.getTask(said, null, null, options, null, programs).call(), said::toString);
    assertEquals("", said.toString());
  }
}
