import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPReply;
import org.apache.commons.net.ftp.FTPSClient;
import org.apache.commons.net.util.TrustManagerUtils;

/**
 * One errand of the interoperability matrix with Apache Commons Net:
 *
 *   java -cp 'classes:java/*' CommonsNetClient operation mode host port user password file [times]
 */
public class CommonsNetClient {
  static final String[] FOLDERS = {"2026", "Thang 01", "31"};

  public static void main(String[] args) throws IOException {
    if (args[0].equals("version")) {
      Package library = FTPClient.class.getPackage();
      System.out.println("version " + library.getImplementationVersion());
      return;
    }
    FTPClient client = connected(args);
    try {
      run(client, args[0], args[6], args.length > 7 ? Integer.parseInt(args[7]) : 0);
      client.logout();
    } finally {
      client.disconnect();
    }
  }

  static FTPClient connected(String[] args) throws IOException {
    String mode = args[1];
    FTPClient client = mode.equals("plain") ? new FTPClient() : new FTPSClient(mode.equals("implicit"));
    if (client instanceof FTPSClient secure) {
      // As loggers do: the certificate is the server's own and not checked.
      secure.setTrustManager(TrustManagerUtils.getAcceptAllTrustManager());
    }
    client.setConnectTimeout(30_000);
    client.setDefaultTimeout(30_000);
    client.connect(args[2], Integer.parseInt(args[3]));
    check(client, FTPReply.isPositiveCompletion(client.getReplyCode()));
    check(client, client.login(args[4], args[5]));
    if (client instanceof FTPSClient secure) {
      secure.execPBSZ(0);
      secure.execPROT("P");
    }
    if (args[0].equals("active")) client.enterLocalActiveMode();
    else client.enterLocalPassiveMode();
    check(client, client.setFileType(FTP.BINARY_FILE_TYPE));
    return client;
  }

  static void run(FTPClient client, String operation, String file, int times) throws IOException {
    switch (operation) {
      case "upload", "active" -> send(client, file, "reading.txt");
      case "text" -> {
        check(client, client.setFileType(FTP.ASCII_FILE_TYPE));
        send(client, file, "reading.txt");
      }
      case "folders" -> {
        for (String folder : FOLDERS) {
          check(client, client.makeDirectory(folder));
          check(client, client.changeWorkingDirectory(folder));
        }
        send(client, file, "reading.txt");
      }
      case "rename" -> {
        send(client, file, "reading.txt.tmp");
        check(client, client.rename("reading.txt.tmp", "reading.txt"));
      }
      case "resume" -> {
        long size = Long.parseLong(client.getSize("reading.txt"));
        client.setRestartOffset(size);
        try (InputStream rest = new FileInputStream(file)) {
          rest.skipNBytes(size);
          check(client, client.storeFile("reading.txt", rest));
        }
      }
      case "abort" -> check(client, client.storeFile("reading.txt", System.in));
      case "list" -> {
        for (FTPFile entry : client.listFiles()) System.out.println(entry.getSize() + " " + entry.getName());
        for (FTPFile entry : client.mlistDir()) System.out.println(entry.getSize() + " " + entry.getName());
        if (client.listFiles("empty").length > 0) throw new IOException("the empty folder is not empty");
      }
      case "repeat" -> {
        for (int number = 1; number <= times; number++) {
          for (String each : file.split(",")) send(client, each, number + "-" + Path.of(each).getFileName());
        }
      }
      default -> throw new IllegalArgumentException(operation);
    }
  }

  static void send(FTPClient client, String file, String name) throws IOException {
    try (InputStream content = new FileInputStream(file)) {
      check(client, client.storeFile(name, content));
    }
  }

  static void check(FTPClient client, boolean succeeded) throws IOException {
    if (!succeeded) throw new IOException(client.getReplyString());
  }
}
