import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * One errand of the interoperability matrix with the producers of Apache Camel:
 *
 *   java -cp 'classes:java/*' CamelClient operation mode host port user password file [times TLS-version]
 */
public class CamelClient {
  public static void main(String[] args) {
    // A thread of the SSH library goes on after Camel has stopped, and would keep the program alive.
    try {
      run(args);
      System.exit(0);
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  static void run(String[] args) throws Exception {
    try (CamelContext camel = new DefaultCamelContext()) {
      if (args[0].equals("version")) {
        System.out.println("version " + camel.getVersion());
        return;
      }
      camel.start();
      ProducerTemplate producer = camel.createProducerTemplate();
      if (args[0].equals("repeat")) {
        for (int number = 1; number <= Integer.parseInt(args[7]); number++)
          for (String file : args[6].split(","))
            send(producer, args, Files.newInputStream(Path.of(file)), number + "-" + Path.of(file).getFileName());
        return;
      }
      send(producer, args, args[0].equals("abort") ? System.in : Files.newInputStream(Path.of(args[6])), name(args[0]));
    }
  }

  static void send(ProducerTemplate producer, String[] args, InputStream content, String name) throws Exception {
    try (content) {
      producer.sendBodyAndHeader(endpoint(args), content, "CamelFileName", name);
    }
  }

  static String name(String operation) {
    return operation.equals("path") ? "2026/Thang 01/31/reading.txt" : "reading.txt";
  }

  static String endpoint(String[] args) {
    String mode = args[1];
    String scheme = Map.of("plain", "ftp", "explicit", "ftps", "implicit", "ftps", "sftp", "sftp").get(mode);
    StringBuilder uri = new StringBuilder(scheme + "://" + args[4] + "@" + args[2] + ":" + args[3] + "/");
    uri.append("?password=RAW(" + args[5] + ")&connectTimeout=30000&throwExceptionOnConnectFailed=true");
    uri.append("&maximumReconnectAttempts=0");
    if (mode.equals("sftp")) uri.append("&strictHostKeyChecking=no&useUserKnownHostsFile=false");
    else uri.append("&passiveMode=" + !args[0].equals("active") + "&binary=" + !args[0].equals("text"));
    if (scheme.equals("ftps")) {
      if (args.length > 8) uri.append("&securityProtocol=TLSv" + args[8]);
      uri.append("&implicit=" + mode.equals("implicit") + "&execProt=P&execPbsz=0");
    }
    if (args[0].equals("rename")) uri.append("&tempPrefix=" + URLEncoder.encode("UPLOADING_", StandardCharsets.UTF_8));
    return uri.toString();
  }
}
