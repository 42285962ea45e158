import HindsightCore

/// A stream, as the last append left it.
final class KnownStream {
    /// 0 until the stream has its first event, like all else.
    var number: Int64 = 0
    var version: StreamVersion = 0
    /// The number of its category; 0 until an append of ours.
    var category: Int64 = 0
    /// Its place among the streams of the append that met it last.
    var place = 0
}

/// The streams that the writer met, by the bytes of their names.
final class KnownStreams {
    private let names = ByteKeys()
    private var streams: [KnownStream] = []

    var count: Int { streams.count }

    subscript(name: UnsafeRawBufferPointer) -> KnownStream? { names.index(of: name).map { streams[$0] } }

    func enter(_ stream: KnownStream, named name: UnsafeRawBufferPointer) {
        names.enter(name)
        streams.append(stream)
    }

    func removeAll() {
        names.removeAll()
        streams.removeAll(keepingCapacity: true)
    }
}
