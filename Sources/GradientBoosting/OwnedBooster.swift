import BillingRetries
import CXGBoost

/// A model that is being made, by one thread: it may be told parameters, trained, and cut to its best rounds.
struct OwnedBooster: ~Copyable {
    let handle: BoosterHandle

    /// - Parameter matrices: Whose predictions are kept from round to round, so that a round costs only its own tree.
    init(cachedFor matrices: [DataMatrix]) throws(XGBoostError) {
        var created: BoosterHandle?
        let handles = matrices.map { Optional($0.handle) }
        try XGBoost.call(XGBoosterCreate(handles, UInt64(handles.count), &created))
        guard let created else { throw XGBoostError(account: "no model was made") }
        handle = created
    }

    private init(owning handle: BoosterHandle) { self.handle = handle }

    deinit { XGBoosterFree(handle) }

    /// Hands the handle over to one who frees it.
    consuming func release() -> BoosterHandle {
        let released = handle
        discard self
        return released
    }

    func set(_ name: String, _ value: String) throws(XGBoostError) { try XGBoost.call(XGBoosterSetParam(handle, name, value)) }

    func train(round: Int, on matrix: DataMatrix) throws(XGBoostError) {
        try XGBoost.call(XGBoosterUpdateOneIter(handle, Int32(round), matrix.handle))
    }

    /// The probability of each row by all the rounds so far.
    func predictions(for matrix: DataMatrix) throws(XGBoostError) -> [Float] {
        let settings = #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}"#
        var shape: UnsafePointer<UInt64>?
        var dimensions: UInt64 = 0
        var answer: UnsafePointer<Float>?
        try XGBoost.call(XGBoosterPredictFromDMatrix(handle, matrix.handle, settings, &shape, &dimensions, &answer))
        guard let shape, let answer, dimensions == 1, shape[0] == matrix.rows.labels.count else {
            throw XGBoostError(account: "it gives no single number for each row")
        }
        return Array(UnsafeBufferPointer(start: answer, count: matrix.rows.labels.count))
    }

    /// The model of the first rounds alone.
    func firstRounds(_ count: Int) throws(XGBoostError) -> OwnedBooster {
        var sliced: BoosterHandle?
        try XGBoost.call(XGBoosterSlice(handle, 0, Int32(count), 1, &sliced))
        guard let sliced else { throw XGBoostError(account: "no model was made") }
        return OwnedBooster(owning: sliced)
    }

    /// XGBoost's JSON: every number with the digits that read back as the same bits.
    func json() throws(XGBoostError) -> [UInt8] {
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        try XGBoost.call(XGBoosterSaveModelToBuffer(handle, #"{"format":"json"}"#, &count, &bytes))
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
}
