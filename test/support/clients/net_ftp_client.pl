# One errand of the interoperability matrix with Perl's Net::FTP:
#   perl net_ftp_client.pl operation mode host port user password file [times]
use strict;
use warnings;
use Net::FTP;

my @FOLDERS = ("2026", "Thang 01", "31");

my ($operation, $mode, $host, $port, $user, $password, $file, $times) = @ARGV;

sub connected {
    # As loggers do: the certificate is the server's own and not checked.
    my $ftp = Net::FTP->new(
        $host,
        Port => $port,
        Passive => ($operation eq "active" ? 0 : 1),
        Timeout => 30,
        SSL => ($mode eq "implicit" ? 1 : 0),
        SSL_verify_mode => 0,
    ) or die "no connection: $@\n";
    if ($mode eq "explicit") { $ftp->starttls or die "no TLS: " . $ftp->message . "$@\n" }
    $ftp->login($user, $password) or die "no login: " . $ftp->message;
    $ftp->binary;
    return $ftp;
}

my %errands = (
    upload => sub { $_[0]->put($file, "reading.txt") },
    active => sub { $_[0]->put($file, "reading.txt") },
    text => sub { $_[0]->ascii; $_[0]->put($file, "reading.txt") },
    folders => sub {
        my ($ftp) = @_;
        for my $folder (@FOLDERS) { $ftp->mkdir($folder) && $ftp->cwd($folder) or return }
        $ftp->put($file, "reading.txt");
    },
    path => sub {
        my ($ftp) = @_;
        my $path = join "/", @FOLDERS;
        $ftp->mkdir($path, 1) && $ftp->put($file, "$path/reading.txt");
    },
    rename => sub {
        $_[0]->put($file, "reading.txt.tmp") && $_[0]->rename("reading.txt.tmp", "reading.txt");
    },
    resume => sub {
        my ($ftp) = @_;
        my $size = $ftp->size("reading.txt");
        open my $rest, "<", $file or die "$file: $!\n";
        seek $rest, $size, 0;
        $ftp->append($rest, "reading.txt");
    },
    abort => sub { $_[0]->put(\*STDIN, "reading.txt") },
    list => sub {
        my ($ftp) = @_;
        print join("\n", $ftp->dir), "\n", $ftp->size("reading.txt"), "\n";
        my @inside = $ftp->ls("empty");
        die "in the empty folder: @inside\n" if @inside;
        1;
    },
    # Each of the files so many times; each data connection is closed without reading from it.
    repeat => sub {
        my ($ftp) = @_;
        for my $number (1 .. $times) {
            for my $path (split /,/, $file) {
                my ($name) = $path =~ m{([^/]+)$};
                # put succeeds whatever the server says at the end.
                $ftp->put($path, "$number-$name") && $ftp->code == 226 or return;
            }
        }
        1;
    },
);

if ($operation eq "version") {
    # Without this module there is no TLS.
    require IO::Socket::SSL;
    print "version $Net::FTP::VERSION\n";
} else {
    my $ftp = connected();
    $errands{$operation}->($ftp) or die "$operation: " . $ftp->message;
    $ftp->quit;
}
