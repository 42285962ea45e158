import EventLogSQLite
import HindsightTesting
import Testing

@Suite("Byte strings by index") struct ByteKeysTests {
    @Test("Agrees with a dictionary over random entries, look-ups and clearings", arguments: 0..<50 as Range<UInt64>)
    func agrees(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let keys = ByteKeys()
        var model: [[UInt8]: Int] = [:]
        for step in 0..<2_000 {
            // Few and short, so that many are met again, the empty one among them.
            let length = Int.random(in: 0...3, using: &generator)
            let key = (0..<length).map { _ in UInt8.random(in: 0...9, using: &generator) }
            let index = key.withUnsafeBytes(keys.index(of:))
            #expect(index == model[key], "step \(step), \(key)")
            if index == nil, Bool.random(using: &generator) {
                model[key] = model.count
                key.withUnsafeBytes(keys.enter)
            }
            if Int.random(in: 0..<700, using: &generator) == 0 {
                keys.removeAll()
                model.removeAll()
            }
            #expect(keys.count == model.count)
        }
    }
}
