import { recording } from '../recording.ts';
import type { Sample } from '../testing.ts';

/** Recorded from vsftpd 3.0.3, Exim 4.96, OpenLDAP 2.5.13 and OpenSSH 9.2 with curl, ldap-utils and ssh. What was encrypted is left out. */
export const samples: readonly Sample[] = [
  {
    name: 'FTP, a file',
    protocol: 'ftp',
    transport: 'tcp',
    serverPort: 21,
    pieces: recording(String.raw`
< "220 (vsFTPd 3.0.3)\r\n"
> "USER anonymous\r\n"
< "331 Please specify the password.\r\n"
> "PASS ftp@example.com\r\n"
< "230 Login successful.\r\n"
> "PWD\r\n"
< "257 \"/\" is the current directory\r\n"
> "EPSV\r\n"
< "229 Entering Extended Passive Mode (|||47306|)\r\n"
> "TYPE I\r\n"
< "200 Switching to Binary mode.\r\n"
> "SIZE a.txt\r\n"
< "213 6\r\n"
> "RETR a.txt\r\n"
< "150 Opening BINARY mode data connection for a.txt (6 bytes).\r\n"
< "226 Transfer complete.\r\n"
> "QUIT\r\n"
< "221 Goodbye.\r\n"
`),
  },
  {
    name: 'FTP, a missing file',
    protocol: 'ftp',
    transport: 'tcp',
    serverPort: 21,
    pieces: recording(String.raw`
< "220 (vsFTPd 3.0.3)\r\n"
> "USER anonymous\r\n"
< "331 Please specify the password.\r\n"
> "PASS ftp@example.com\r\n"
< "230 Login successful.\r\n"
> "PWD\r\n"
< "257 \"/\" is the current directory\r\n"
> "CWD up\r\n"
< "250 Directory successfully changed.\r\n"
> "EPSV\r\n"
< "229 Entering Extended Passive Mode (|||6895|)\r\n"
> "TYPE I\r\n"
< "200 Switching to Binary mode.\r\n"
> "SIZE none.txt\r\n"
< "550 Could not get file size.\r\n"
> "QUIT\r\n"
< "221 Goodbye.\r\n"
`),
  },
  {
    name: 'SMTP, a mail',
    protocol: 'smtp',
    transport: 'tcp',
    serverPort: 25,
    pieces: recording(String.raw`
< "220 mail.test ESMTP Exim 4.96 Sun, 22 Nov 2026 18:28:44 +0000\r\n"
> "EHLO client.test\r\n"
< "250-mail.test Hello client.test [127.0.0.1]\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 HELP\r\n"
> "MAIL FROM:<a@shop.test> SIZE=730\r\n"
< "250 OK\r\n"
> "RCPT TO:<b@customer.test>\r\n"
< "250 Accepted\r\n"
> "DATA\r\n"
< "354 Enter message, ending with \".\" on a line by itself\r\n"
> "From: a@shop.test\r\nSubject: hello\r\n\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\nA line of text.\r\n...\r\n..x\r\nend\r\n.\r\n"
< "250 OK id=1xVCIu-0001De-3B\r\n"
> "QUIT\r\n"
< "221 mail.test closing connection\r\n"
`),
  },
  {
    name: 'SMTP, a refused recipient',
    protocol: 'smtp',
    transport: 'tcp',
    serverPort: 25,
    pieces: recording(String.raw`
< "220 mail.test ESMTP Exim 4.96 Sun, 22 Nov 2026 18:28:45 +0000\r\n"
> "EHLO client.test\r\n"
< "250-mail.test Hello client.test [127.0.0.1]\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 HELP\r\n"
> "MAIL FROM:<a@shop.test> SIZE=730\r\n"
< "250 OK\r\n"
> "RCPT TO:<c@forbidden.test>\r\n"
< "550 Administrative prohibition\r\n"
> "QUIT\r\n"
< "221 mail.test closing connection\r\n"
`),
  },
  {
    name: 'SMTP, STARTTLS',
    protocol: 'smtp',
    transport: 'tcp',
    serverPort: 25,
    pieces: recording(String.raw`
< "220 mail.test ESMTP Exim 4.96 Sun, 22 Nov 2026 18:28:45 +0000\r\n"
> "EHLO client.test\r\n"
< "250-mail.test Hello client.test [127.0.0.1]\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 HELP\r\n"
> "STARTTLS\r\n"
< "220 TLS go ahead\r\n"
> base64:FgMBAgABAAH8AwPmRVS550pPEt2ui3ssKZqlhRP6lwkLjLQ5EyGaeZifeSARxhMjeXGaZUbTZBniWosOEHXa/DNMlCqOd5Oz5JeX0AA+EwITAxMBwCzAMACfzKnMqMyqwCvALwCewCTAKABrwCPAJwBnwArAFAA5wAnAEwAzAJ0AnAA9ADwANQAvAP8BAAF1AAsABAMAAQIACgAWABQAHQAXAB4AGQAYAQABAQECAQMBBAAWAAAAFwAAADEAAAANACoAKAQDBQMGAwgHCAgICQgKCAsIBAgFCAYEAQUBBgEDAwMBAwIEAgUCBgIAKwAJCAMEAwMDAgMBAC0AAgEBADMAJgAkAB0AIDfeoX5lOm2c0f+cTG0NtjF2ysbsf4BGOmJ7iXzBi6EZABUA2AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==
< base64:FgMDAHoCAAB2AwOS2HVCiolZ70EHF1mZxkMv1JPRYswiozzmXK0rmnO4IiARxhMjeXGaZUbTZBniWosOEHXa/DNMlCqOd5Oz5JeX0BMCAAAuADMAJAAdACAYlCFLW69Yw+cBaIs+7FVVrW9PGLFsLltxl1tJ6xBeEAArAAIDBBQDAwABARcDAwAXW0h/qrf5jvN3QaRjSLRa7efO+sI9m0YXAwMBcEAVbp9+xNr51Rdg4TZoBQwGEtxRu+8Jg6umSAUVHuGRS0HQzFx2Cipe/yta/Ykj958vK6xqn+VvRe+YYhFMfZ8J6t0XZSqi0e4w51Sg2Jsl3Z3v3wG7UtttrJ282VhbkQD2pJeeVBni60c7VbeXj7JgsHUH7H3cVMrsVBOpSTL78jQC4GP4qpcituJqfSfEeD/4drvrYiFE2jVKumHxom0G4pW9o2pl+LfyTd0ey8+eGgSm0CLfX+zlC4lX6+k7UT3+5ghjAdKWxEC2qXLyg/8z8cXLFGAHllViluzcp4VWShcdSCjEM1WXqDKSOFQMzG2i/Pj6v/iiw1doi0VJxp2q+aa4DT3FedCjdCURH3UuZ40VjMU5VJZh1+MR9tNK2/V0gFXU4FFfTTNpDw5VnGhmiOYmLHsQwNVx3LOp3jkj9GqyW3inK/RRRovjw5RRiu88ddmzmngd23w+qUk0Jb+zzV7rKNfGw3U9Qcq6xrMZFwMDAGFc6QwLdEooo7bgriz7DzPVFgRx+9u+0Oodc9697Pyu2fhTBEF/UU5tEhb5QzlDlx6RYIcaoNrFznMu/FupXugMfWbhdarMey8RV7gl3SY09WR0GmRRKRxirx/y7ugtOKfRFwMDAEVGJC2pYYAwmh6VsnuPcT+jw+rRZ+sl+NHOxq+sTRFZeYGuCvhnQ8Rd3EfLLBJb4eyRbk8CuNKcxCVb65ojl+n8OXjKn/0=
> base64:FAMDAAEBFwMDAEWSlemnJOg19EEJwGU10IKkJKxQugAVv4Bdhli3lWc8EtXmKpUnwaUBD/6OW6TIJSGe7dsr5zGyB+lKn3hARl5bwLTzx8c=
> base64:FwMDACMrN0KzqSkMTJj3lemY91Ol7BxBK8iYSVKxOqtozO3diIdy1g==
`),
  },
  {
    name: 'LDAP, adding',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MCwCAQFgJwIBAwQaY249YWRtaW4sZGM9ZXhhbXBsZSxkYz1vcmeABnNlY3JldA==
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MGQCAQJoXwQRZGM9ZXhhbXBsZSxkYz1vcmcwSjAnBAtvYmplY3RDbGFzczEYBAhkY09iamVjdAQMb3JnYW5pemF0aW9uMA4EAW8xCQQHRXhhbXBsZTAPBAJkYzEJBAdleGFtcGxl
< base64:MAwCAQJpBwoBAAQABAA=
> base64:MG4CAQNoaQQbdWlkPWFsaWNlLGRjPWV4YW1wbGUsZGM9b3JnMEowHgQLb2JqZWN0Q2xhc3MxDwQNaW5ldE9yZ1BlcnNvbjANBAJjbjEHBAVBbGljZTAJBAJzbjEDBAFBMA4EA3VpZDEHBAVhbGljZQ==
< base64:MAwCAQNpBwoBAAQABAA=
> base64:MAUCAQRCAA==
`),
  },
  {
    name: 'LDAP, a search',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MAwCAQFgBwIBAwQAgAA=
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MDoCAQJjNQQRZGM9ZXhhbXBsZSxkYz1vcmcKAQIKAQACAQACAQABAQCHC29iamVjdENsYXNzMAQEAmNu
< base64:MBoCAQJkFQQRZGM9ZXhhbXBsZSxkYz1vcmcwADAzAgECZC4EG3VpZD1hbGljZSxkYz1leGFtcGxlLGRjPW9yZzAPMA0EAmNuMQcEBUFsaWNlMAwCAQJlBwoBAAQABAA=
> base64:MAUCAQNCAA==
`),
  },
  {
    name: 'LDAP, a search of nothing',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MAwCAQFgBwIBAwQAgAA=
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MEECAQJjPAQcb3U9bm93aGVyZSxkYz1leGFtcGxlLGRjPW9yZwoBAgoBAAIBAAIBAAEBAIcLb2JqZWN0Y2xhc3MwAA==
< base64:MB0CAQJlGAoBIAQRZGM9ZXhhbXBsZSxkYz1vcmcEAA==
> base64:MAUCAQNCAA==
`),
  },
  {
    name: 'LDAP, a comparison',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MAwCAQFgBwIBAwQAgAA=
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MCsCAQJuJgQbdWlkPWFsaWNlLGRjPWV4YW1wbGUsZGM9b3JnMAcEAnNuBAFC
< base64:MAwCAQJvBwoBBQQABAA=
> base64:MAUCAQNCAA==
`),
  },
  {
    name: 'LDAP, a change',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MCwCAQFgJwIBAwQaY249YWRtaW4sZGM9ZXhhbXBsZSxkYz1vcmeABnNlY3JldA==
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MDQCAQJmLwQbdWlkPWFsaWNlLGRjPWV4YW1wbGUsZGM9b3JnMBAwDgoBAjAJBAJzbjEDBAFC
< base64:MAwCAQJnBwoBAAQABAA=
> base64:MAUCAQNCAA==
`),
  },
  {
    name: 'LDAP, a wrong password',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MCsCAQFgJgIBAwQaY249YWRtaW4sZGM9ZXhhbXBsZSxkYz1vcmeABXdyb25n
< base64:MAwCAQFhBwoBMQQABAA=
> base64:MAUCAQJCAA==
`),
  },
  {
    name: 'LDAP, StartTLS',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MB0CAQF3GIAWMS4zLjYuMS40LjEuMTQ2Ni4yMDAzNw==
< base64:MAwCAQF4BwoBAAQABAA=
> base64:FgMBAXABAAFsAwMISWyKFVwPYK2dU8FrjqyWfBkmvBMYtvVY41NaMGLafCAxifXg8h4Br+MyPLEXRTt/HqtySB5er+tAgrWwLIWcrQA6EwITAxMBEwTALMypwK3ACsArwKzACcAwzKjAFMAvwBMAncCdADUAnMCcAC8An8yqwJ8AOQCewJ4AMwEAAOkABQAFAQAAAAAACgAWABQAFwAYABkAHQAeAQABAQECAQMBBAALAAIBAAANACIAIAQBCAkIBAQDCAcFAQgKCAUFAwgIBgEICwgGBgMCAQIDABYAAAAXAAAAIwAAADMAawBpABcAQQSw4MP5B34LwgfH1SRAvtJzivq/inQImpONkUZDKgF67+HrRGh1xNshL74dfv+i5lyB1svh+Tg1UIhzKE5x1GcIAB0AIOnATzXVOEAwkiQkDH3pkR9Fryrn0qHEZ8bjV7+hw0BjACsACQgDBAMDAwIDAf8BAAEAAC0AAwIBAAAcAAJAAQ==
< base64:FgMDAJsCAACXAwNIMSWvQsSUSQCPWg5f0gIVWxAGG69pilicHVHeUHA+JiAxifXg8h4Br+MyPLEXRTt/HqtySB5er+tAgrWwLIWcrRMCAABPADMARQAXAEEEkNDPewXAc1CIwud3slGQQjkLV+eFa6yJzkxvV0Zhqu32YDiwiIX5/kr5sbMx1ZzXMsNScM8flcnKO6ZQl9Y2gAArAAIDBBQDAwABARcDAwAdxrL3vzN8atUWW5EXoEkusuuvFxTtkTGxj4lk2uAXAwMBcJBdplM4Zlim/h0A306Pbuk7AyI23NDpNwhKFHOgp9W0LGk/VVTYTsBEdZYq1FVfm3Ox6+257JvhSxMtm3jgRU3BPqN08utpCQj5C4OlmMC3NHnlVdzTA8C+zfGLwvlSte875/PUecx+KWROD6FzLQfJNgh5eIIOwTM5kUXPlJPNOmAgwKuapfNh/Wcs+E1IAnxNowKqR4hSny5P7TBji5DO4EedGYnQ3yTkCMq+Nz+Py4NQd2OKMCOkLksYusZoVFdQPUB8LsLUswndMREn6/0h2uMn7hIfg1/Hr7TO7btRT5Ruy5ZhDzn93tUJHAPpAhS79yjzfz1gmfoObmX1vxI50pxE7Sz1qvjqZWHxucDnJNXS8P0jUWd+axPrP1FPJ/T2Okimle+gzLxGxjGUWelQ/JTKvQpxJBEwFOcQGmNyl/YHCySAcy0WzvbkESBRXH7Rue11kM1FhWqM2gEIKsExjwUVKjvi6yqUEgeryIjnFwMDAGBS0Q+O6f1xf9wE9hRSiarsHh4rkkw74e9qTJHiwsmYe6yTeS3zsC/AOZLSXup32kNI0X8cc/+94dSq4K+ZwkviqXWIjRFoXzh2hFNySlnVT5i7581D4RsoLc3DOStL1tIXAwMARXm2mlkEwaFSW3aQ3BvowsBAYM5c6vg61bi/8nTQIFmbKGb9ElttaOJTo21RM8FRdIrXPRfz0zLtKBfG5fjNr8nB2Vt0hw==
> base64:FAMDAAEB
> base64:FwMDAEW+L9JpgOtB+lq9Ua7jGoPEqXWK3vBOiAkpNUJ+o7i1gvf9pjgYZyOexyQa8fdk47QC8c8MD4KGh2aaZq0hYzD2bTVz368=
> base64:FwMDAD/S6jUamHa1Z4pl4iJyVAN+7LLT2CeOeSh04BAfxfP03w2kBOYeFbVl0y9KtO1qgYVXb6vvp1FGfsVEaoKCovU=
< base64:FwMDAB+32wdU4ToXf54Qvxq4X1o/t74gRlFTyLXRbUfZidWD
`),
  },
  {
    name: 'LDAP, a deletion',
    protocol: 'ldap',
    transport: 'tcp',
    serverPort: 389,
    pieces: recording(`
> base64:MCwCAQFgJwIBAwQaY249YWRtaW4sZGM9ZXhhbXBsZSxkYz1vcmeABnNlY3JldA==
< base64:MAwCAQFhBwoBAAQABAA=
> base64:MCACAQJKG3VpZD1hbGljZSxkYz1leGFtcGxlLGRjPW9yZw==
< base64:MAwCAQJrBwoBAAQABAA=
> base64:MAUCAQNCAA==
`),
  },
  {
    name: 'SSH, a login',
    protocol: 'ssh',
    transport: 'tcp',
    serverPort: 22,
    pieces: recording(String.raw`
> "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
< "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
> "\u0000\u0000\u0006\u0014\b\u0014Z\u00b7\u00b9\u00a6\u008c1%+\u00c5m\u0003)\u000enS\u00db\u0000\u0000\u0001Hsntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,ext-info-c,kex-strict-c-v00@openssh.com\u0000\u0000\u0001\u00cfssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u001anone,zlib@openssh.com,zlib\u0000\u0000\u0000\u001anone,zlib@openssh.com,zlib\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"
< "\u0000\u0000\u0004<\t\u0014\u00cfjC\u0095\u00e5\u00ba\u00b9h\u00c4\u00ae\u00dcs_d\u00ee\u0060\u0000\u0000\u0001=sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com\u0000\u0000\u0000\u000bssh-ed25519\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u0015none,zlib@openssh.com\u0000\u0000\u0000\u0015none,zlib@openssh.com\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"
> base64:AAAEtAgeAAAEplLRtX3gcIz5jaPw/9qBuXoOpdPalIcHxBt0MxgYn3FyCDz581N+uzQ37uhuZjKmgH04jgTqE2jOjR3R45vhD3TUK14gxAOb9ulkUMnAv+OPeQza6v9lASf3cH5NYgjKei4jbAhA30f+ivoV2mcwv2LXFlJz8rcLf1nGClYc6S9TqtHR3K1Js4d25ZplbJbrCoqzzyDlL1jI/4E3hsfqj8bBcizJUzzAU3LctB5moHz3RZSbWax+VLgOmJBn1HAjXnHHzrWhB5DOySuBF3ZVR3MgVJeysW8sp+DLFSFOsqf6F6ag8OhXvCk1mE+dIoSlTOBvzGSqUFDw7tjshu5QJBovn+6LnYryuGkZXCATcMzK5l6MSAPaBc2KR2s6uCKo3VRoJHa2+Gr9E1eGv84InbBKvB5V6y8Tb+MYDfxci+0xOrTXjRRAR0OMVHLPV3tPY7mN/sZzqaatqYBIiGEubNLKyvqn8BLSnxd80H/0kISNzyxTO3CRz9R9RNtCKA1ONHwHPwpL233DXDrLES68UCFtKuFvo6Ap+ugz8oqwthLkDh+LbdngfC8BWNEFEp5qhG47SCG7wpRf9vtIeQA1X7ZjHO5gmHf3G7ZssT/6Bsc90a/vJEYZqutYBxUFSHcAqKS1d4uGfxlHc8nQD7+w+75woQNsc690AmHhgEJaBv21LVKnA79bPuqLY4WOMsEXaebP9N7xa0jfxXvpaf9g2xUK0U9lj9/orxVKn6gZ5P3cbRjBFgxtbVHCR3wm0XE0qQzAm3PBG+38VD0kJRy6CNI4T91fhfhq5HPWRloWva6TeLA7GkxJVIUbnG6DRreVloWaHX9zSyOI0INExSv6c70gX9Hav0Zj3Upqi7ijBrFMZweVTOwafoVVgOoM6DnltI2POp6OCAV88jdonxdgidWd+yaV+FRhjks3zVUIq40UR+tVz5CkxQBcPmt86OosH4e0dm/FEA1F3lH+IjjhBHIKYYlPytwi/XX1sYUIXhAeG1MndX8XmTPX6LtB4d7dHSkb3t5lo4t6GKu10rLthDp10+woGlztLRb5LwUXO5Wvcrrg71Hcuv5e9utREv6RXgjG+3JZ9m98kyQgrdG7KnAf2LO8eSFTv+oShmFgv6UPQziFAEbnJQGtxFY0SnJK64I/a2bdrdPLwEUjT860O7lF9/kRhW8YO6RSsLuYWltT0AQjs/eOPdMfkx4lEXW7efDhmccsDTJsOUWZq3CulyWPULhB67j89J67LfcpCNhkLmGiG7zqhC9auRzARxZkAQBCqAp1gJ9289c43tOgpFUJi5rUgFsu8CJuwzogkFi/3syNRMAtmE+Sj4UPzwRfnm7q13RI1bCV598h9FJ6+miJIysIU9NEQfC1FWRL1mE5taC//FcBZGx/t2tk9vhxnCdZyNQWqBPXNe6nTHxl3gqelRzuQrqX+0fXKAu++WjVx7DrBSonQb7LS+qfZubnffBY2FtFPbpEJAfUzTXH5F39gS2/NOMi1Q0HPlTBXLvXnNsmW0f9qKTMb/vjDESbbU++XmBfAA2nQar06Uv+eD3pZo4+OuefRHQwMd9qgRtFfYVCY9RzAAAAAAAAAAA=
< base64:AAAEzAkfAAAAMwAAAAtzc2gtZWQyNTUxOQAAACB/yyYF9NOsghgpCy/5NSL8yrWjaqheYZxV7dtn/p0qdQAABC+F6ke1hXguVGA127IFGjWB8zU/H+h/LjFiGISVhc55rmJ6OLIia2NpYWcmjzZl4W5yO/26spoKVC2Mjef/SgGLNT2tCzkoMTh1AMUZHRd3+r1FcXuZNkeY9NNbYovcLM76ycPtBvGkDo/Uaf/QUMrS9Hf3TXi2L9UXYQcbo669MiSkHuEUkn4jHyOdqyTJmE31jBPKMkacPFdkrneOqD9j7UG9J/7/7UZxOfcfiaqTj0FGUp+N2AU89WQAv8hsATyCgi9nn4EnjRq3UH507RltIf5yEu0l9jsJ1d+Xj3o5+j9sAz6tMXU2v6rEzoeylkRURf/UNcQ2Nf28cieBml8VOA6GiQ5spfCQk8NzDf1XTlNWw4hf4LBe58ZE0WHjT4UIgVN6+wdBsUWtim4o6nb4CajPN12BWO+JxZU3MDkrg9HkvkruMYed3mZmfOcjHpblFKazZeuyjKCzRWn5TgWaATaItT7N8PPXPc3bl9KAW3tKYsjCXoWKHiOmFkbhSCsRNlouBZF5HZywfCZKU0jQQkjhnub4eZPTxBft6kuHxnruX5fzwiAmmDr/YpZUNpPZ930Z4er37u5Ya9lO19aTNz4G7DqIUB+8Z+bi2jD6yesX0lspyJ0txJdazj0BCHIjtJChdDAtCOoaw1To/c0P7yLm5hDbN6yioqGgrD971HG3Z4yO8nAq7xby3OBqnTJco3Aa3h5ZTMP3i5O5Dyw7IqSBnc2OAXTRRvMQy/aWFXCEO48DX/1Qdat9zH9ex4GfNXLVrqePuLiA2OprFunz1/QBFv5FU8uSum+1GHf0fKHvAirJ9OhPG7HXoaAaASGVFb9txFkaCz5QsBJVMbQHtKUj/5i02vrZMdbxFTEMJGQPjWly5U6aE+ZHFqpxYycl7dW8crbPO/LbM+mN5gR2T34aha9xDuJAFo5QF5WVX1YLroYR4nT87VXolSp/pO67YiKDx04oZ2HxR4XfkbfJr3WpUZ6DYnY8bI6o6DCkn0D3YAhCjcYx1o5t3KRO5zFCWxzRutVMoz74AnWaB73BL4FD7Y3ecxkrbjOpG5F9Q4ycT2Eg/3WADQCj2pFIh8OKyoh/hHQfPcmqtguR1gcYEcUBu1CpvFiqqHpBMq5pPgnv40aFTmk6BV8xw8zP/23Fe3rpFGoJ2MqqWgp60nKYU1H4YfXfV+WAKJ5j73DdxjyijQQy9KVmry+R4+meIhJYixhXetN80K6+MlaUL+Ma8ZV5tYiAEDlUsqSqjG/bFExwjRCkiE8Bcrjhp/3C6f8SGQ2y+t+Z/Erg3lB77oG63tXNHwm6bxIA9slSRMyUfAoJLiEmb7KF7We6ZYh9AaL+xzBHNhvz17xrkPshEncTNgIro4gyvwerk4ETeasEOQO2WPlNqPYLX4sEqxwC35NbLglMjPOiXN88A4VYKRoAAABTAAAAC3NzaC1lZDI1NTE5AAAAQLoUiaC1KJlHNjdlfjNujsbk0CPrIybtVsivA3nsHDkfVeeVaKf+Je0bapY7+ACfIzZgixcSv8WwUyFoaSDQGQsAAAAAAAAAAAAAAAAMChUAAAAAAAAAAAAAzUaW5oF/A0zBGKugc39QXBwFib3ydflzxABu4fjSzQVqfBNeye2Y3P+8I8mWd9Q7IXrZWykSrcpWZK52fJEerY7aSr78x0RvxEn2ooZOwB/Dr0qS8pL8qFBULxyFBaIF973wpW2RIN8zyIZuoqBL+gxItIt1gUaco/dl9B1MH9fVLua+3K0sdEl1vjAVp3+MkkOmQZPP19YNP+dQEkjbMgj6wShAUzq+FgzhPyUNeCJpkm5BNniyz/DR5qX/X731ziSNkoIjzh53wk5RIY6u4uNXtDieGHwkFeDmiHXdjcts7TDyXQMhDjXv0zVzr60d+kBrz4GCbKnMCS4e01+XLxHKc031maDXCl5qFTbAeBob8ogmrQPSFiQGEJNZRo3yxHb1+tqP0XJmV8XmzHeYq93/Pzgvh2VczvKqmg==
> base64:AAAADAoVAAAAAAAAAAAAAA==
> base64:AvIRXDgzoECPtJNJJ2JI/hqePa0g01p35sDSy/44QwCxA/EAQLoxtTh7yE8=
< base64:y60w1Wnjb0vip2+8UB/4t85lGwgKsqMVegjzpm03xcdmfCsEmMFC5UdquRo=
`),
  },
  {
    name: 'SSH, no algorithm in common',
    protocol: 'ssh',
    transport: 'tcp',
    serverPort: 22,
    pieces: recording(String.raw`
> "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
< "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
> "\u0000\u0000\u0004T\u0004\u0014\u00b5A[\u00ecBVCz\u00f2\u009d\u0093::\u00d6\u00e4\u001f\u0000\u0000\u0001Hsntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,ext-info-c,kex-strict-c-v00@openssh.com\u0000\u0000\u0000\u0013ecdsa-sha2-nistp256\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u001anone,zlib@openssh.com,zlib\u0000\u0000\u0000\u001anone,zlib@openssh.com,zlib\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"
< "\u0000\u0000\u0004<\t\u0014\u00f2M\u0080.\u00c2\u00e5\u00f3\u0001n\u007f\u008dX)\u00ca\u0096\u0015\u0000\u0000\u0001=sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com\u0000\u0000\u0000\u000bssh-ed25519\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000lchacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u00d5umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1\u0000\u0000\u0000\u0015none,zlib@openssh.com\u0000\u0000\u0000\u0015none,zlib@openssh.com\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"
`),
  },
];
