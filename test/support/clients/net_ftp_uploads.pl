# Uploads over FTPS with Perl's Net::FTP, which closes each data connection without reading from it:
#   perl net_ftp_uploads.pl host port user password file,... times TLS-version
use strict;
use warnings;
use Net::FTP;

my ($host, $port, $user, $password, $files, $times, $tls) = @ARGV;

my $ftp = Net::FTP->new(
    $host,
    Port => $port,
    Passive => 1,
    Timeout => 30,
    # As loggers do: the certificate is the server's own and not checked.
    SSL_verify_mode => 0,
    SSL_version => "TLSv" . ($tls =~ tr/./_/r),
) or die "no connection: $@\n";
$ftp->starttls or die "no TLS: " . $ftp->message . "$@\n";
$ftp->login($user, $password) or die "no login: " . $ftp->message;
$ftp->binary;
for my $number (1 .. $times) {
    for my $path (split /,/, $files) {
        my ($name) = $path =~ m{([^/]+)$};
        $ftp->put($path, "$number-$name") or die $ftp->message;
        # put succeeds whatever the server says at the end.
        $ftp->code == 226 or die $ftp->message;
    }
}
$ftp->quit;
