/** Writes and waits until the bytes are out. A reader that has gone (`| head`) is no error; a full disk is one. */
export function print(stream: NodeJS.WritableStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error | null) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error)
      else resolve()
    }
    // The stream tells its callback and its listeners; without a listener the process would end.
    stream.once('error', finish)
    stream.write(bytes, error => {
      finish(error)
      if (!error) stream.removeListener('error', finish)
    })
  })
}
