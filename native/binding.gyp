{
  'targets': [
    {
      'target_name': 'capture',
      'sources': [
        'src/addon.c',
        'src/capture.c',
        'src/capture-calls.c',
        'src/datagrams.c',
        'src/devices.c',
        'src/file-lock.c',
        'src/interface-notices.c',
        'src/local-time.c',
        'src/packet-socket.c',
        'src/poll-guard.c',
        'src/privileges.c',
        'src/process.c',
        'src/read-ahead.c',
        'src/read-ahead-calls.c',
        'src/receive-buffer.c',
        'src/tcp.c',
        'src/values.c',
      ],
      'defines': ['NAPI_VERSION=8', '_GNU_SOURCE'],
      'cflags_c': ['-std=c11', '-Wall', '-Wextra', '-Wno-unused-parameter', '-fvisibility=hidden'],
      'link_settings': { 'libraries': ['-lpcap', '-lpthread'] },
    },
  ],
}
