import BillingRetries
import CXGBoost

/// A trained model in the library's memory, which is only read from here on.
///
/// Unchecked, because the handle is a bare pointer. Predictions from several threads at once are right as long as nobody trains or sets a
/// parameter (XGBoost 1.7, "Prediction", section "Thread Safety", read on 2026-11-28): the handle stays private, and what configures it has
/// happened before `init` returns. The library answers in memory of the calling thread, so an answer is copied in the same synchronous call.
final class Booster: @unchecked Sendable {
    let featureCount: Int
    private let handle: BoosterHandle

    /// Loads a model, with its first prediction already made: the library configures itself in that one.
    ///
    /// - Parameter model: XGBoost JSON, of a source that is trusted. Of its UBJSON the library reads past the end when the bytes were cut, and
    ///   of either it trusts the numbers of nodes, so that a changed byte may end the process.
    init(json model: some Collection<UInt8>) throws(XGBoostError) {
        // Anything else would go to the readers of UBJSON and of the old binary format.
        guard model.starts(with: #"{""#.utf8) else { throw XGBoostError(account: "not in XGBoost's JSON") }
        let loading = try OwnedBooster(cachedFor: [])
        try loading.set("nthread", "1")
        try loading.set("verbosity", "0")
        let bytes = Array(model)
        try XGBoost.call(XGBoosterLoadModelFromBuffer(loading.handle, bytes, UInt64(bytes.count)))
        var count: UInt64 = 0
        try XGBoost.call(XGBoosterGetNumFeature(loading.handle, &count))
        guard let featureCount = Int(exactly: count), (1...100_000).contains(featureCount) else {
            throw XGBoostError(account: "it reads \(count) features")
        }
        self.featureCount = featureCount
        handle = loading.release()
        do {
            _ = try predictions(for: FeatureMatrix([Float](repeating: .nan, count: featureCount), featureCount: featureCount))
        } catch let error as XGBoostError {
            throw error
        } catch {
            throw XGBoostError(account: "\(error)")
        }
    }

    deinit { XGBoosterFree(handle) }

    /// The probability of each row, in their order.
    ///
    /// - Parameter matrix: Of ``featureCount`` columns.
    func predictions(for matrix: FeatureMatrix) throws(XGBoostError) -> [Float] {
        guard matrix.rowCount > 0 else { return [] }
        return try XGBoost.withArrayInterface(of: matrix) { (array) throws(XGBoostError) in
            let settings = #"{"type":0,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"missing":NaN,"cache_id":0}"#
            var shape: UnsafePointer<UInt64>?
            var dimensions: UInt64 = 0
            var answer: UnsafePointer<Float>?
            try XGBoost.call(XGBoosterPredictFromDense(handle, array, settings, nil, &shape, &dimensions, &answer))
            guard let shape, let answer, dimensions == 1, shape[0] == matrix.rowCount else {
                throw XGBoostError(account: "it gives no single number for each row")
            }
            return Array(UnsafeBufferPointer(start: answer, count: matrix.rowCount))
        }
    }
}
