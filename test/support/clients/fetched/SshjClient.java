import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.common.IOUtils;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.sftp.OpenMode;
import net.schmizz.sshj.sftp.RemoteFile;
import net.schmizz.sshj.sftp.RemoteResourceInfo;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;

/**
 * One errand of the interoperability matrix with sshj:
 *
 *   java -cp 'classes:java/*' SshjClient operation mode host port user password file
 */
public class SshjClient {
  static final String[] FOLDERS = {"2026", "Thang 01", "31"};

  public static void main(String[] args) throws Exception {
    if (args[0].equals("version")) {
      System.out.println("version " + versionOf(SSHClient.class));
      return;
    }
    try (SSHClient ssh = new SSHClient()) {
      ssh.addHostKeyVerifier(new PromiscuousVerifier());
      ssh.setConnectTimeout(30_000);
      ssh.connect(args[2], Integer.parseInt(args[3]));
      ssh.authPassword(args[4], args[5]);
      if (args[0].equals("exec")) {
        exec(ssh);
        return;
      }
      try (SFTPClient sftp = ssh.newSFTPClient()) {
        run(sftp, args[0], args[6]);
      }
    }
  }

  static void run(SFTPClient sftp, String operation, String file) throws IOException {
    switch (operation) {
      case "upload" -> sftp.put(file, "/reading.txt");
      case "folders" -> {
        String path = "";
        for (String folder : FOLDERS) sftp.mkdir(path += "/" + folder);
        sftp.put(file, path + "/reading.txt");
      }
      case "path" -> {
        String path = "/" + String.join("/", FOLDERS);
        sftp.mkdirs(path);
        sftp.put(file, path + "/reading.txt");
      }
      case "rename" -> {
        sftp.put(file, "/reading.txt.tmp");
        sftp.rename("/reading.txt.tmp", "/reading.txt");
      }
      case "resume" -> {
        try (InputStream rest = Files.newInputStream(Path.of(file))) {
          long size = sftp.size("/reading.txt");
          rest.skipNBytes(size);
          write(sftp, EnumSet.of(OpenMode.WRITE), rest, size);
        }
      }
      case "abort" -> write(sftp, EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.TRUNC), System.in, 0);
      case "list" -> {
        for (RemoteResourceInfo entry : sftp.ls("/"))
          System.out.println(entry.getAttributes().getSize() + " " + entry.getName());
        if (!sftp.ls("/empty").isEmpty()) throw new IOException("the empty folder is not empty");
      }
      default -> throw new IllegalArgumentException(operation);
    }
  }

  static void write(SFTPClient sftp, EnumSet<OpenMode> mode, InputStream from, long offset) throws IOException {
    try (RemoteFile remote = sftp.open("/reading.txt", mode);
        RemoteFile.RemoteFileOutputStream to = remote.new RemoteFileOutputStream(offset, 10)) {
      from.transferTo(to);
    }
  }

  /** Runs a command, which the server refuses: prints how it ended, and after how many milliseconds. */
  static void exec(SSHClient ssh) throws IOException {
    long began = System.nanoTime();
    try (Session session = ssh.startSession()) {
      Session.Command command = session.exec("ls");
      String said = IOUtils.readFully(command.getErrorStream()).toString().strip();
      command.join(60, TimeUnit.SECONDS);
      System.out.println(command.getExitStatus() + " " + said);
    }
    System.out.println((System.nanoTime() - began) / 1_000_000 + " ms");
  }

  static String versionOf(Class<?> library) throws Exception {
    String jar = new File(library.getProtectionDomain().getCodeSource().getLocation().toURI()).getName();
    return jar.replaceAll("^.*-|\\.jar$", "");
  }
}
